import { expect, test } from "bun:test";

import { rankedTotals, rankPoints, totalsOf } from "./rankings.ts";

const board = (...userIds: string[]) => new Map(userIds.map((userId, at) => [userId, at + 1]));

test("a place is worth what Kaggle's formula says, without its decay", () => {
  // Computed by Python 3.11: 1e5 * rank**-0.75 * math.log10(1 + math.log10(people)).
  expect(rankPoints(1, 10)).toBe(30_103);
  expect(rankPoints(2, 10)).toBe(17_899);
  expect(rankPoints(1, 100)).toBe(47_712);
  expect(rankPoints(1, 2)).toBe(11_429);
});

test("being alone on a board is worth nothing, and a better place never less", () => {
  expect(rankPoints(1, 1)).toBe(0);
  for (let rank = 1; rank < 1_000; rank++) {
    expect(rankPoints(rank, 1_000)).toBeGreaterThanOrEqual(rankPoints(rank + 1, 1_000));
  }
});

test("totals add up over boards, and come by points, then by the older account", () => {
  const totals = totalsOf([board("c", "a", "b"), board("a", "c"), board("d")]);
  const both = rankPoints(1, 2) + rankPoints(2, 3);
  expect(totals).toEqual([
    { userId: "c", points: rankPoints(1, 3) + rankPoints(2, 2), competitions: 2 },
    { userId: "a", points: both, competitions: 2 },
    { userId: "b", points: rankPoints(3, 3), competitions: 1 },
    { userId: "d", points: 0, competitions: 1 },
  ]);
});

test("equal points share a rank and the next one is skipped; who is not shown takes none", () => {
  const totals = totalsOf([board("b", "x"), board("a", "y"), board("z", "c")]);
  expect(rankedTotals(totals, new Set()).map(({ userId, rank }) => [userId, rank])).toEqual([
    ["a", 1],
    ["b", 1],
    ["z", 1],
    ["c", 4],
    ["x", 4],
    ["y", 4],
  ]);
  expect(rankedTotals(totals, new Set(["b", "c"])).map(({ userId, rank }) => [userId, rank])).toEqual([
    ["a", 1],
    ["z", 1],
    ["x", 3],
    ["y", 3],
  ]);
});
