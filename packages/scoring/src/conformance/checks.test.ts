import { expect, test } from "bun:test";

import { differencesFrom } from "./checks.ts";

const exact = () => 0;

test("what is expected must be there; what only we have does not matter", () => {
  expect(differencesFrom({ a: 1 }, { a: 1, b: 2 }, exact)).toEqual([]);
  expect(differencesFrom({ a: 1, b: { c: 2 } }, { a: 1, b: {} }, exact)).toEqual(["b.c: not computed"]);
  expect(differencesFrom({ a: [1, 2] }, { a: [1] }, exact)).toEqual(["a: 2 values expected, got [1]"]);
});

test("NaN equals only NaN, null only null, infinities only themselves", () => {
  expect(differencesFrom(["NaN", null, "Infinity"], [Number.NaN, null, Infinity], exact)).toEqual([]);
  expect(
    differencesFrom(["NaN", 0, null, "Infinity", 1], [0, Number.NaN, 0, 1e308, "1"], () => 1e-6),
  ).toHaveLength(5);
  expect(differencesFrom("-Infinity", Infinity, exact)).toHaveLength(1);
});

test("the tolerance is relative", () => {
  expect(differencesFrom(1e9, 1e9 + 0.5, () => 1e-9)).toEqual([]);
  expect(differencesFrom(1e-9, 2e-9, () => 1e-9)).toHaveLength(1);
  expect(differencesFrom(0, 1e-300, () => 1e-9)).toHaveLength(1);
});
