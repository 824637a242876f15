import { expect, test } from "bun:test";

import { boardStatistics } from "./board-statistics.ts";
import type { StatisticsJob } from "./messages.ts";

const column = (...values: number[]) => Float64Array.from(values);
const job = (columns: Float64Array[], more: Partial<StatisticsJob> = {}): StatisticsJob => ({
  direction: "higher-is-better",
  seed: "a seed",
  columns,
  ...more,
});
/** Clearly better by `advantage` in every case, but for noise that all share. */
const noisy = (advantage: number, cases: number) =>
  Float64Array.from({ length: cases }, (_, at) => ((at * 7919) % 101) / 101 + advantage);

test("the same board and seed give the same bytes, another seed others", () => {
  const columns = [noisy(0.02, 60), noisy(0, 60).map((value, at) => value + (at % 5) / 50)];
  const bytes = (seed: string) => JSON.stringify(boardStatistics(job(columns, { seed })));
  expect(bytes("a")).toBe(bytes("a"));
  expect(bytes("a")).not.toBe(bytes("b"));
});

test("who is better in every case is surely first, alone in tier 1; who cannot be told apart shares a tier", () => {
  const { lines } = boardStatistics(job([noisy(0.5, 40), noisy(0, 40), noisy(0, 40)]));
  expect(lines.map(({ tier }) => tier)).toEqual([1, 2, 2]);
  expect(lines.map(({ firstProbability }) => firstProbability)).toEqual([1, 0, 0]);
  expect(lines.map(({ rankInterval }) => rankInterval)).toEqual([
    { low: 1, high: 1 },
    { low: 2, high: 2 },
    { low: 2, high: 2 },
  ]);
});

test("fewer than 30 cases give intervals, but neither tiers nor chances", () => {
  const few = boardStatistics(job([noisy(0.5, 29), noisy(0, 29)]));
  expect(few.lines.map(({ tier, firstProbability }) => [tier, firstProbability])).toEqual([
    [null, null],
    [null, null],
  ]);
  expect(few.lines[0]?.interval.low).toBeLessThan(few.lines[0]?.interval.high ?? 0);
  expect(boardStatistics(job([noisy(0.5, 30), noisy(0, 30)])).lines[0]?.tier).toBe(1);
});

test("the order under median and rank-then-mean, worked by hand, and Kendall's tau against the mean", () => {
  // Means 4, 3, 2; medians 1, 3, 2; ranks by case: (3,3,1), (1,2,2), (2,1,3), their means 7/3, 5/3, 2.
  const { aggregations } = boardStatistics(job([column(1, 1, 10), column(3, 2, 4), column(2, 3, 1)]));
  expect(aggregations.map(({ by, order }) => [by, order])).toEqual([
    ["median", [1, 2, 0]],
    ["rank-then-mean", [1, 2, 0]],
  ]);
  // Of three pairs one is in the same order.
  for (const { kendallTau } of aggregations) expect(kendallTau).toBeCloseTo(-1 / 3, 12);
});

test("where lower is better, the lowest stands first in every order", () => {
  const columns = [column(1, 1, 1), column(2, 2, 2), column(3, 3, 3)];
  const { aggregations } = boardStatistics(job(columns, { direction: "lower-is-better" }));
  expect(aggregations.map(({ order, kendallTau }) => [order, kendallTau])).toEqual([
    [[0, 1, 2], 1],
    [[0, 1, 2], 1],
  ]);
});

test("a case that does not count for a line is left out of its mean, its median and its ranks", () => {
  const { aggregations, lines } = boardStatistics(
    job([column(0.5, 0.5, Number.NaN), column(0.25, 0.25, 0.25)]),
  );
  expect(lines[0]?.interval).toEqual({ low: 0.5, high: 0.5 });
  expect(aggregations.map(({ order }) => order)).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test("a board of one line, and one of lines that are all equal, have no tau", () => {
  for (const columns of [[noisy(0, 40)], [noisy(0, 40), noisy(0, 40)]]) {
    const { aggregations } = boardStatistics(job(columns));
    expect(aggregations.map(({ kendallTau }) => kendallTau)).toEqual([null, null]);
  }
});
