import { describe, expect, test } from "bun:test";

import { ScoringError } from "../errors.ts";
import { holm } from "./holm.ts";
import { kendallTau } from "./kendall-tau.ts";
import { evenCoinPValue, mcnemar } from "./mcnemar.ts";
import { normalTail } from "./normal.ts";
import { seededRandom } from "./random.ts";
import { exactPairsMax, wilcoxon } from "./wilcoxon.ts";

function relativeError(got: number, wanted: number): number {
  return Math.abs(got - wanted) / wanted;
}

test("the normal tail has 13 digits: mpmath 1.4.1, erfc(z/√2)/2 at 40 digits", () => {
  const table = [
    [0, 0.5],
    [0.1, 0.460172162722971],
    [1, 0.15865525393145705],
    [1.959963984540054, 0.025000000000000012],
    [2.999, 0.0013543365337271062],
    [3, 0.0013498980316300946],
    [5, 2.866515718791939e-7],
    [10, 7.619853024160525e-24],
    [30, 4.906713927148187e-198],
  ] as const;
  for (const [z, tail] of table) expect(relativeError(normalTail(z), tail)).toBeLessThan(1e-13);
  expect(normalTail(-1)).toBeCloseTo(1 - 0.15865525393145705, 15);
});

describe("McNemar", () => {
  test("p-values are those of SciPy 1.17.1, binomtest(a, a + b, 0.5)", () => {
    const table = [
      [10, 2, 0.03857421875],
      [0, 5, 0.0625],
      [25, 60, 0.00018679938527835335],
      [3, 3, 1],
      [3, 4, 1],
      [0, 0, 1],
      [400, 500, 0.0009564441369189373],
      [1000, 3000, 2.491514538629926e-229],
      [40000, 41000, 0.0004478218231375636],
    ] as const;
    for (const [a, b, p] of table) {
      expect(relativeError(evenCoinPValue(a, b), p)).toBeLessThan(1e-10);
      expect(evenCoinPValue(b, a)).toBe(evenCoinPValue(a, b));
    }
  });

  test("only cases on which the two differ count", () => {
    expect(mcnemar([1, 1, 0, 1, 0], [1, 0, 0, 0, 1])).toEqual({ onlyFirst: 2, onlySecond: 1, pValue: 1 });
    expect(() => mcnemar([1, 2], [1, 0])).toThrow(ScoringError);
  });
});

describe("Wilcoxon", () => {
  /** All 2ⁿ signs given the ranks. */
  function enumerated(changes: readonly number[]): number {
    const sizes = changes.filter((d) => d !== 0).map(Math.abs);
    const ranks = sizes.map(
      (a) => sizes.filter((b) => b < a).length + (sizes.filter((b) => b === a).length + 1) / 2,
    );
    const signed = changes.filter((d) => d !== 0);
    const up = ranks.reduce((sum, rank, i) => sum + ((signed[i] as number) > 0 ? rank : 0), 0);
    const total = ranks.reduce((sum, rank) => sum + rank, 0);
    const extreme = Math.min(up, total - up);
    let hits = 0;
    for (let signs = 0; signs < 2 ** ranks.length; signs++) {
      const sum = ranks.reduce((part, rank, i) => part + ((signs >> i) & 1) * rank, 0);
      if (sum <= extreme) hits += 1;
    }
    return Math.min(1, (2 * hits) / 2 ** ranks.length);
  }

  test("Hollander and Wolfe's depression scores: T⁺ = 5, p = 0.0390625 (SciPy 1.17.1, exact)", () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    expect(wilcoxon(before, after)).toEqual({
      pairs: 9,
      ranksUp: 5,
      ranksDown: 40,
      pValue: 0.0390625,
      method: "exact",
    });
  });

  test("ties and zeros: SciPy's textbook pair by all permutations, p = 0.6328125", () => {
    const a = [125, 115, 130, 140, 140, 115, 140, 125, 140, 135];
    const b = [110, 122, 125, 120, 140, 124, 123, 137, 135, 145];
    expect(wilcoxon(a, b).pValue).toBe(0.6328125);
    expect(wilcoxon(a, b).pairs).toBe(9);
  });

  test("the exact distribution equals an enumeration of all signs", () => {
    const random = seededRandom("wilcoxon");
    for (let round = 0; round < 40; round++) {
      const changes = Array.from({ length: 1 + random.below(11) }, () => random.below(9) - 3);
      const { pValue } = wilcoxon(
        changes.map(() => 0),
        changes,
      );
      expect(pValue).toBe(enumerated(changes));
    }
  });

  test("many pairs: SciPy 1.17.1, asymptotic without continuity correction", () => {
    const n = 300;
    const a = Array.from({ length: n }, (_, i) => ((i * 7919) % 1000) / 10);
    const b = Array.from({ length: n }, (_, i) => ((i * 104729 + 13) % 1009) / 10 + (i % 3 === 0 ? 1 : -0.5));
    const { pValue, method, ranksUp, ranksDown } = wilcoxon(a, b);
    expect(method).toBe("normal");
    expect(Math.min(ranksUp, ranksDown)).toBe(22439.5);
    expect(relativeError(pValue, 0.9282012735215535)).toBeLessThan(1e-12);
  });

  test("exact and normal agree where they meet", () => {
    const random = seededRandom("meet");
    const changes = Array.from({ length: exactPairsMax + 1 }, () => random.unit() - 0.42);
    const zeros = changes.map(() => 0);
    const normal = wilcoxon(zeros, changes);
    const exact = wilcoxon(zeros.slice(1), changes.slice(1));
    expect([normal.method, exact.method]).toEqual(["normal", "exact"]);
    expect(relativeError(normal.pValue, exact.pValue)).toBeLessThan(0.1);
  });

  test("nothing differs: p = 1", () => {
    expect(wilcoxon([1, 2], [1, 2])).toEqual({
      pairs: 0,
      ranksUp: 0,
      ranksDown: 0,
      pValue: 1,
      method: "exact",
    });
  });
});

test("Holm: four p-values worked by hand, in their order, never decreasing, never above 1", () => {
  expect([...holm([0.01, 0.04, 0.03, 0.005])]).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect([...holm([0.9, 0.8])]).toEqual([1, 1]);
  expect(() => holm([0.5, 1.1])).toThrow(ScoringError);
});

test("Kendall's τ-b equals a count of all pairs", () => {
  const random = seededRandom("tau");
  for (const n of [2, 9, 400]) {
    for (const kinds of [3, 1e9]) {
      const a = Array.from({ length: n }, () => random.below(kinds));
      const b = Array.from({ length: n }, () => random.below(kinds));
      let [balance, untiedA, untiedB] = [0, 0, 0];
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) {
          const x = Math.sign((a[i] as number) - (a[j] as number));
          const y = Math.sign((b[i] as number) - (b[j] as number));
          balance += x * y;
          untiedA += Math.abs(x);
          untiedB += Math.abs(y);
        }
      }
      const wanted = balance / Math.sqrt(untiedA * untiedB);
      const got = kendallTau(a, b);
      if (Number.isNaN(wanted)) expect(got).toBeNaN();
      else expect(got).toBe(wanted);
    }
  }
  expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNaN();
});
