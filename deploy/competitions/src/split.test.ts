import { expect, test } from "bun:test";

import { heldOut } from "./split.ts";

const ids = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

test("the choice depends on ids and seed, not on their order", () => {
  const some = ids(50, "a");
  const held = heldOut({ all: some }, 20, "seed");
  expect(held.size).toBe(20);
  expect(heldOut({ all: some.toReversed() }, 20, "seed")).toEqual(held);
  expect(heldOut({ all: some }, 20, "other seed")).not.toEqual(held);
});

test("every stratum gives its share, the largest remainders what rounding leaves", () => {
  // Stage 2 of RSNA's challenge has 26,684 patients with 9,555 boxes; 3,000 of them are 293.9 of those with one box.
  const strata = { 0: 20_672, 1: 2_614, 2: 3_266, 3: 119, 4: 13 };
  const lists = Object.entries(strata).map(([boxes, count]) => [boxes, ids(count, `${boxes}-`)] as const);
  const held = [...heldOut(Object.fromEntries(lists), 3_000, "seed")];
  const taken = Object.keys(strata).map((boxes) => held.filter((id) => id.startsWith(`${boxes}-`)).length);
  expect(taken).toEqual([2_324, 294, 367, 13, 2]);
  // One row for each box or for none: expected_rows of competition.json.
  expect(2_324 + 294 + 2 * 367 + 3 * 13 + 4 * 2).toBe(3_399);
});

test("a share of nothing is nothing, and of everything all", () => {
  expect(heldOut({ a: ids(3, "a"), b: [] }, 3, "seed").size).toBe(3);
  expect(heldOut({ a: ids(3, "a"), b: ids(1, "b") }, 0, "seed").size).toBe(0);
});
