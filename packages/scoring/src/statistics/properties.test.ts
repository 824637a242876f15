import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { bootstrapMeans, pairedBootstrap } from "./bootstrap.ts";
import { holm } from "./holm.ts";
import { kendallTau } from "./kendall-tau.ts";
import { mcnemar } from "./mcnemar.ts";
import { rankBoard } from "./ranking.ts";
import { compensatedSum } from "./sum.ts";
import { wilcoxon } from "./wilcoxon.ts";

const runs = { numRuns: 200, seed: 41 };
const pairs = fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 })), {
  minLength: 2,
  maxLength: 25,
});
const split = (all: readonly (readonly [number, number])[]) =>
  [all.map(([a]) => a), all.map(([, b]) => b)] as const;

test("Holm's p-values: the smallest times their number, then never less than the one before, in any order", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: 0, max: 40 }).map((n) => n / 40),
        { minLength: 1, maxLength: 12 },
      ),
      (ps) => {
        const adjusted = holm(ps);
        const sorted = ps.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p || a.at - b.at);
        let least = 0;
        sorted.forEach(({ p, at }, place) => {
          least = Math.max(least, Math.min(1, p * (ps.length - place)));
          expect(adjusted[at]).toBe(least);
        });
        expect([...holm([...ps].reverse())].reverse()).toEqual([...adjusted]);
      },
    ),
    runs,
  );
});

describe("paired tests", () => {
  test("Wilcoxon's p-value does not see which column comes first, and the ranks change sides", () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const [a, b] = split(all);
        const [there, back] = [wilcoxon(a, b), wilcoxon(b, a)];
        expect(back).toEqual({ ...there, ranksUp: there.ranksDown, ranksDown: there.ranksUp });
        expect(there.ranksUp + there.ranksDown).toBe((there.pairs * (there.pairs + 1)) / 2);
        expect(there.pValue).toBeGreaterThan(0);
        expect(there.pValue).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });

  test("McNemar's p-value is the sum of the binomial terms", () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (all) => {
          const [a, b] = split(all);
          const { onlyFirst, onlySecond, pValue } = mcnemar(a, b);
          const n = onlyFirst + onlySecond;
          const terms = [...Array(1 + Math.min(onlyFirst, onlySecond)).keys()].map((k) => choose(n, k));
          const expected = Math.min(1, (2 * terms.reduce((x, y) => x + y, 0)) / 2 ** n);
          expect(pValue).toBeCloseTo(expected, 12);
          expect(mcnemar(b, a).pValue).toBe(pValue);
        },
      ),
      runs,
    );
  });

  test("Kendall's τ is 1 with itself, does not see which comes first, and turns its sign with one column", () => {
    fc.assert(
      fc.property(pairs, (all) => {
        const [a, b] = split(all);
        const tau = kendallTau(a, b);
        const same = kendallTau(a, a);
        if (new Set(a).size > 1) expect(same).toBeCloseTo(1, 14);
        expect(kendallTau(b, a)).toBe(tau);
        if (!Number.isNaN(tau))
          expect(
            kendallTau(
              a.map((x) => -x),
              b,
            ),
          ).toBeCloseTo(-tau, 14);
      }),
      runs,
    );
  });
});

describe("the paired bootstrap", () => {
  test("turns round with its columns, and means lie within the values", () => {
    fc.assert(
      fc.property(pairs, fc.string(), (all, seed) => {
        const [a, b] = split(all);
        const options = { seed, resamples: 60 };
        const [there, back] = [pairedBootstrap(a, b, options), pairedBootstrap(b, a, options)];
        expect(back.difference + there.difference).toBe(0);
        expect(back.pValue).toBe(there.pValue);
        expect(back.interval.low + there.interval.high).toBeCloseTo(0, 12);
        const { means } = bootstrapMeans([a], options);
        expect(Math.min(...means)).toBeGreaterThanOrEqual(Math.min(...a));
        expect(Math.max(...means)).toBeLessThanOrEqual(Math.max(...a));
      }),
      runs,
    );
  });

  test("of a board: ranks are those of the means, first places add up to one, tiers follow the ranks", () => {
    const board = fc.integer({ min: 2, max: 6 }).chain((cases) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: cases, maxLength: cases }), {
        minLength: 1,
        maxLength: 6,
      }),
    );
    fc.assert(
      fc.property(
        board,
        fc.constantFrom("higher-is-better" as const, "lower-is-better" as const),
        (entries, direction) => {
          const ranked = rankBoard(entries, { seed: "board", resamples: 40, direction });
          const sign = direction === "higher-is-better" ? 1 : -1;
          for (const one of ranked) {
            expect(one.rank).toBe(1 + ranked.filter((other) => sign * other.mean > sign * one.mean).length);
            expect(one.rankInterval.low).toBeLessThanOrEqual(one.rankInterval.high);
            for (const other of ranked)
              if (other.rank < one.rank) expect(other.tier).toBeLessThanOrEqual(one.tier);
          }
          const first = ranked.reduce((total, { firstProbability }) => total + firstProbability, 0);
          expect(first).toBeCloseTo(1, 12);
        },
      ),
      runs,
    );
  });
});

test("a compensated sum of numbers with few bits is exact, however far apart they are", () => {
  const term = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 40 }));
  fc.assert(
    fc.property(fc.array(term, { maxLength: 60 }), (terms) => {
      const exact = terms.reduce(
        (total, [digits, power]) => total + BigInt(digits) * 2n ** BigInt(power),
        0n,
      );
      expect(compensatedSum(Float64Array.from(terms, ([digits, power]) => digits * 2 ** power))).toBe(
        Number(exact),
      );
    }),
    runs,
  );
});
