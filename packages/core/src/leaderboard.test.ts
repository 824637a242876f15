import { expect, test } from "bun:test";

import { compareStandings, sortKey } from "./leaderboard.ts";

const standing = (score: number, submittedAt: number, submissionId: string) => ({
  sortKey: sortKey(score, "higher-is-better"),
  submittedAt,
  submissionId,
});

test("the better score stands first, whichever direction is better", () => {
  expect(sortKey(0.9, "higher-is-better")).toBeLessThan(sortKey(0.1, "higher-is-better"));
  expect(sortKey(0.1, "lower-is-better")).toBeLessThan(sortKey(0.9, "lower-is-better"));
  for (const direction of ["higher-is-better", "lower-is-better"] as const) {
    expect(Object.is(sortKey(0, direction), 0)).toBe(true);
    expect(Object.is(sortKey(-0, direction), 0)).toBe(true);
  }
});

test("ties go to the earlier submission, then to the smaller id", () => {
  const sorted = [
    standing(0.5, 2, "b"),
    standing(0.5, 2, "a"),
    standing(0.5, 1, "z"),
    standing(0.9, 9, "c"),
    standing(0, 0, "d"),
  ].sort(compareStandings);
  expect(sorted.map(({ submissionId }) => submissionId)).toEqual(["c", "z", "a", "b", "d"]);
});
