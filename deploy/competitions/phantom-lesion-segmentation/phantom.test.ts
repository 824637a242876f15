import { expect, test } from "bun:test";

import { connectedComponents } from "@medforge/scoring";
import { plainEngine } from "@medforge/scoring/kernels/engine";

import { phantom } from "./phantom.ts";

test("the lesions that are asked for are there, each a component of its own inside of the organ", () => {
  for (let wanted = 0; wanted <= 6; wanted++) {
    const { labels, shape, lesions } = phantom(`test-${wanted}`, wanted);
    const only = labels.map((label) => (label === 2 ? 1 : 0));
    const { sizes } = connectedComponents(plainEngine(), only, shape, 26);
    expect([lesions, sizes.length]).toEqual([wanted, wanted]);
  }
});

test("a scan is the same each time, and another one for another name", () => {
  const [first, again, other] = [phantom("a", 3), phantom("a", 3), phantom("b", 3)];
  expect(Buffer.from(first.image.buffer).equals(Buffer.from(again.image.buffer))).toBe(true);
  expect(other.image.length === first.image.length && other.image.every((v, i) => v === first.image[i])).toBe(
    false,
  );
});
