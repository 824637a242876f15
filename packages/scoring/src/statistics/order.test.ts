import { expect, test } from "bun:test";

import { ascendingOrder, averageRanks, denseRanks } from "./order.ts";
import { seededRandom } from "./random.ts";

/** What the radix sort must equal: the engine's stable sort by value, then place. */
function sortedBySpec(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) => {
    const x = values[a] as number;
    const y = values[b] as number;
    return x < y ? -1 : x > y ? 1 : a - b;
  });
}

const edge = [
  0,
  -0,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  1,
  -1,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Infinity,
  -Infinity,
];

test("order is that of a stable comparison sort, for few and many values, ties, both zeros and both signs", () => {
  const random = seededRandom("order");
  for (const n of [0, 1, 2, 255, 256, 257, 3000]) {
    for (const kind of ["ties", "wide", "edge", "narrow"] as const) {
      const values = Float64Array.from({ length: n }, () => {
        if (kind === "ties") return random.below(7) - 3;
        if (kind === "wide") return (random.unit() - 0.5) * 2 ** (random.below(2000) - 1000);
        if (kind === "narrow") return 1 + random.below(1000) * 2 ** -52;
        return edge[random.below(edge.length)] as number;
      });
      const before = values.slice();
      expect([...ascendingOrder(values)]).toEqual(sortedBySpec(values));
      expect(values).toEqual(before);
    }
  }
});

test("order reads a view in the middle of a buffer", () => {
  const whole = Float64Array.from({ length: 900 }, (_, i) => (i * 7919) % 900);
  const view = whole.subarray(100, 700);
  expect([...ascendingOrder(view)]).toEqual(sortedBySpec(view));
});

test("dense and average ranks of a small table worked by hand", () => {
  const values = Float64Array.of(3, -0, 7, 0, 3, 3);
  expect([...denseRanks(values).ranks]).toEqual([1, 0, 2, 0, 1, 1]);
  expect(denseRanks(values).distinct).toBe(3);
  expect([...averageRanks(values)]).toEqual([4, 1.5, 6, 1.5, 4, 4]);
});
