import { describe, expect, test } from "bun:test";

import { ScoringError } from "../errors.ts";
import { bootstrapMeans, pairedBootstrap, percentileInterval } from "./bootstrap.ts";
import { seededRandom } from "./random.ts";
import { rankBoard } from "./ranking.ts";

describe("random numbers", () => {
  test("the same seed gives the same stream, another one another", () => {
    const draw = (seed: string) => Array.from({ length: 4 }, seededRandom(seed).unit);
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    expect(draw("")).not.toEqual(draw("\0"));
  });

  test("the stream is that of xoshiro128** as published, written again in Python; changing it would change every board", () => {
    const random = seededRandom("medforge");
    expect([random.below(2 ** 32), random.below(2 ** 32), random.below(10)]).toEqual([
      1516564536, 2334011478, 2,
    ]);
  });

  test("numbers below a bound are even: χ² of 7 cells under 30 draws apart", () => {
    const random = seededRandom("even");
    const counts = new Float64Array(7);
    for (let i = 0; i < 70_000; i++) {
      const cell = random.below(7);
      counts[cell] = (counts[cell] as number) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5); // 99.9 % of the χ² distribution with 6 degrees of freedom
    // without rejection a third of this bound would come twice as often
    const third = Array.from({ length: 3000 }, () => random.below(3 * 2 ** 30)).filter(
      (x) => x < 2 ** 30,
    ).length;
    expect(Math.abs(third - 1000)).toBeLessThan(90);
    const unit = seededRandom("unit");
    for (let i = 0; i < 1000; i++) {
      const u = unit.unit();
      expect(u >= 0 && u < 1).toBe(true);
    }
  });
});

/** Noise shared by all entries, an advantage of each, and a pattern of each that is 0 on average. */
function board(advantages: readonly number[], cases = 440): number[][] {
  const random = seededRandom("board");
  const shared = Array.from({ length: cases }, () => random.unit() * 10);
  return advantages.map((advantage, entry) =>
    shared.map((noise, i) => noise + advantage + (((i * (entry + 1)) % 11) - 5) * 0.02),
  );
}

describe("cases that do not count", () => {
  const seed = "absent";

  test("leave a mean over the others, in every resample and as observed", () => {
    // A column of one value has that mean however many of its cases count, and whichever are drawn.
    const gaps = Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? Number.NaN : 0.25));
    const { means, observed } = bootstrapMeans([gaps], { seed, absent: "leave-out" });
    expect(observed[0]).toBe(0.25);
    expect(new Set(means)).toEqual(new Set([0.25]));
  });

  test("change nothing for columns where all count, to the last bit", () => {
    const columns = board([0, 0.5]);
    const gaps = columns.map((column) => column.map((value, i) => (i === 7 ? Number.NaN : value)));
    const plain = bootstrapMeans(columns, { seed });
    expect(bootstrapMeans(columns, { seed, absent: "leave-out" })).toEqual(plain);
    const both = bootstrapMeans([...columns, ...gaps], { seed, absent: "leave-out" });
    expect([...both.means.slice(0, 2000)]).toEqual([...plain.means]);
    expect([...both.means.slice(2000)]).not.toEqual([...plain.means]);
  });

  test("are refused unless they are asked for, and a column of nothing else always", () => {
    const gap = [[1, Number.NaN, 2]];
    expect(() => bootstrapMeans(gap, { seed })).toThrow(ScoringError);
    expect(() => rankBoard(gap, { seed, direction: "higher-is-better" })).toThrow(ScoringError);
    expect(() => bootstrapMeans([[Number.NaN]], { seed, absent: "leave-out" })).toThrow(ScoringError);
    expect(() => bootstrapMeans([[Number.POSITIVE_INFINITY]], { seed, absent: "leave-out" })).toThrow(
      ScoringError,
    );
  });
});

describe("the paired bootstrap", () => {
  test("every column is resampled by the same cases", () => {
    const { means, resamples } = bootstrapMeans(
      [
        [1, 2, 5],
        [11, 12, 15],
      ],
      { seed: "s", resamples: 50 },
    );
    for (let i = 0; i < resamples; i++) {
      expect((means[resamples + i] as number) - (means[i] as number)).toBeCloseTo(10, 12);
    }
    expect(new Set(means.subarray(0, resamples)).size).toBeGreaterThan(5);
  });

  test("a small advantage under large shared noise is seen, because cases are paired", () => {
    const [a, b] = board([0, 0.1]) as [number[], number[]];
    const { difference, interval, pValue } = pairedBootstrap(a, b, { seed: "pair" });
    expect(difference).toBeCloseTo(0.1, 1);
    expect(interval.low).toBeGreaterThan(0);
    expect(pValue).toBe(2 / 1001);
    const none = pairedBootstrap(a, a, { seed: "pair" });
    expect(none).toEqual({ difference: 0, interval: { low: 0, high: 0 }, pValue: 1 });
  });

  test("intervals interpolate between order statistics, as NumPy's percentile does", () => {
    expect(percentileInterval(Float64Array.of(4, 1, 3, 2, 5), 0.5)).toEqual({ low: 2, high: 4 });
    expect(percentileInterval(Float64Array.of(1, 2), 0.5)).toEqual({ low: 1.25, high: 1.75 });
  });

  test("the width is that of the standard error: 95 % of a mean of 400 uniform numbers", () => {
    const random = seededRandom("width");
    const column = Array.from({ length: 400 }, () => random.unit());
    const [entry] = rankBoard([column], { seed: "w", direction: "higher-is-better", resamples: 4000 });
    const width = (entry?.interval.high ?? 0) - (entry?.interval.low ?? 0);
    expect(width).toBeCloseTo(2 * 1.96 * Math.sqrt(1 / 12 / 400), 2);
  });

  test("bad input is refused", () => {
    expect(() => bootstrapMeans([], { seed: "" })).toThrow(ScoringError);
    expect(() => bootstrapMeans([[1, 2], [1]], { seed: "" })).toThrow(ScoringError);
    expect(() => bootstrapMeans([[1, Number.NaN]], { seed: "" })).toThrow(ScoringError);
    expect(() => bootstrapMeans([[1]], { seed: "", resamples: 0 })).toThrow(ScoringError);
    expect(() => rankBoard([[1]], { seed: "", level: 1, direction: "higher-is-better" })).toThrow(
      ScoringError,
    );
  });
});

describe("a board", () => {
  const columns = board([0, 0.5, 0.001, 0.5005, -1]);

  test("ranks, tiers and chances of being first follow the advantages", () => {
    const entries = rankBoard(columns, { seed: "x", direction: "higher-is-better" });
    const ranks = entries.map(({ rank }) => rank);
    expect([ranks[1], ranks[3]].sort()).toEqual([1, 2]);
    expect([ranks[0], ranks[2]].sort()).toEqual([3, 4]);
    expect(ranks[4]).toBe(5);
    expect(entries.map(({ tier }) => tier)).toEqual([2, 1, 2, 1, 3]);
    expect(entries[4]?.rankInterval).toEqual({ low: 5, high: 5 });
    expect(entries[1]?.rankInterval).toEqual({ low: 1, high: 2 });
    const chances = entries.map(({ firstProbability }) => firstProbability);
    expect(chances.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
    expect(chances[0]).toBe(0);
  });

  test("lower is better turns it round, and the order of columns changes nothing but the order of the answer", () => {
    const lower = rankBoard(columns, { seed: "x", direction: "lower-is-better" });
    expect(lower.map(({ tier }) => tier)).toEqual([2, 3, 2, 3, 1]);
    expect(lower[4]?.rank).toBe(1);
    expect(lower[4]?.firstProbability).toBe(1);
    const reversed = rankBoard(columns.toReversed(), {
      seed: "x",
      direction: "lower-is-better",
    }).toReversed();
    expect(reversed).toEqual(lower);
  });

  test("equal entries share rank, tier and first places; the same seed gives the same bytes", () => {
    const same = [columns[0] as number[], columns[0] as number[]];
    const entries = rankBoard(same, { seed: "x", direction: "higher-is-better" });
    expect(entries.map(({ rank, tier, firstProbability }) => [rank, tier, firstProbability])).toEqual([
      [1, 1, 0.5],
      [1, 1, 0.5],
    ]);
    const bytes = () => JSON.stringify(rankBoard(columns, { seed: "y", direction: "higher-is-better" }));
    expect(bytes()).toBe(bytes());
  });
});
