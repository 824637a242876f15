import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { ScoringError } from "../errors.ts";
import { cocoCounts, parseCocoRle, writeCocoRle } from "./coco-rle.ts";
import { parseRle, writeRle } from "./rle.ts";
import { area, type Runs, runCounts, runDice, runIou } from "./runs.ts";

const size = { width: 10, height: 5 };
const code = (work: () => unknown) => {
  try {
    work();
    return "accepted";
  } catch (error) {
    return error instanceof ScoringError ? error.code : error;
  }
};

describe("run-length masks", () => {
  test("1-based row-major pairs", () => {
    const runs = parseRle("1 3 10 2 50 1", size);
    expect([...runs.starts]).toEqual([0, 9, 49]);
    expect([...runs.ends]).toEqual([3, 11, 50]);
    expect(area(runs)).toBe(6);
    expect(writeRle(runs)).toBe("1 3 10 2 50 1");
    expect(area(parseRle("", size))).toBe(0);
    expect(writeRle(parseRle("1 3 4 2", size))).toBe("1 5");
  });

  test("what is wrong is refused by its name", () => {
    const table: [string, string][] = [
      ["1 999999999999", "rle_bounds"],
      ["999999999999999999999999999999 1", "rle_bounds"],
      ["50 2", "rle_bounds"],
      ["51 1", "rle_bounds"],
      ["0 1", "rle_start"],
      ["1", "rle_odd"],
      ["1 2 3", "rle_odd"],
      ["1 0", "rle_length"],
      ["1 3 3 1", "rle_overlap"],
      ["5 1 1 1", "rle_overlap"],
      [" 1 1", "rle_token"],
      ["1 1 ", "rle_token"],
      ["1  1", "rle_token"],
      ["1,1", "rle_token"],
      ["01 1", "rle_token"],
      ["1 -1", "rle_token"],
      ["1 1.0", "rle_token"],
      ["1 x", "rle_token"],
      ["1\t1", "rle_token"],
      ["-1", "rle_token"],
      ["１ 1", "rle_token"],
    ];
    expect(table.map(([text]) => [text, code(() => parseRle(text, size))])).toEqual(table);
  });

  test("a hostile length is refused after as many characters as the image's size has, and never drawn", () => {
    const large = { width: 40_000, height: 40_000 };
    for (const hostile of ["1 999999999999", `1 ${"9".repeat(1_000_000)}`, "9".repeat(1_000_000)]) {
      let asked = 0;
      const counted = {
        length: hostile.length,
        charCodeAt: (at: number) => {
          asked++;
          return hostile.charCodeAt(at);
        },
      } as unknown as string;
      expect(code(() => parseRle(counted, large))).toBe("rle_bounds");
      expect(asked).toBeLessThan(25);
    }
    const full = parseRle("1 1600000000", large);
    expect([full.starts.length, full.ends.length]).toEqual([1, 1]);
    expect(runIou(full, full)).toBe(1);
  });

  test("COCO's lengths and its compressed text", () => {
    // 4 × 3 pixels, worked by hand: column-major pixels 1, 2 and 6 to 8.
    const runs = parseCocoRle([1, 2, 3, 3, 3], { width: 3, height: 4 });
    expect([...runs.starts]).toEqual([1, 6]);
    expect([...runs.ends]).toEqual([3, 9]);
    expect(cocoCounts(runs)).toEqual([1, 2, 3, 3, 3]);
    // By maskApi.c: the first three plainly, then 3 − 2 = 1 and 3 − 3 = 0.
    expect(writeCocoRle(runs)).toBe("12310");
    expect(parseCocoRle("12310", { width: 3, height: 4 })).toEqual(runs);
    expect(code(() => parseCocoRle([1, 2], { width: 3, height: 4 }))).toBe("rle_length");
    expect(code(() => parseCocoRle([1, 12], { width: 3, height: 4 }))).toBe("rle_bounds");
    expect(code(() => parseCocoRle("1o", { width: 3, height: 4 }))).toBe("rle_odd");
    expect(code(() => parseCocoRle("1ÿ", { width: 3, height: 4 }))).toBe("rle_token");
    expect(code(() => parseCocoRle("ooooooooooooooooo0", { width: 3, height: 4 }))).toBe("rle_bounds");
    expect(code(() => parseCocoRle([1.5, 10.5], { width: 3, height: 4 }))).toBe("rle_token");
  });

  test("both forms survive writing and reading, and intervals count what pixels count", () => {
    const image = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
      .chain(([width, height]) => {
        const mask = fc.array(fc.boolean(), { minLength: width * height, maxLength: width * height });
        return fc.tuple(fc.constant({ width, height }), mask, mask);
      });
    fc.assert(
      fc.property(image, ([shape, a, b]) => {
        const [ra, rb] = [runsOf(a), runsOf(b)];
        expect(parseRle(writeRle(ra), shape)).toEqual(ra);
        const column: Runs = { ...ra, order: "column" };
        expect(parseCocoRle(writeCocoRle(column), shape)).toEqual(column);
        expect(parseCocoRle(cocoCounts(column), shape)).toEqual(column);
        const tp = a.filter((on, at) => on && b[at]).length;
        const fp = b.filter((on, at) => on && !a[at]).length;
        const fn = a.filter((on, at) => on && !b[at]).length;
        expect(runCounts(ra, rb)).toEqual({ tp, fp, fn });
        expect(runDice(ra, rb)).toBe(tp + fp + fn === 0 ? 1 : (2 * tp) / (2 * tp + fp + fn));
        expect(runIou(ra, rb)).toBe(tp + fp + fn === 0 ? 1 : tp / (tp + fp + fn));
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

function runsOf(mask: readonly boolean[]): Runs {
  const starts: number[] = [];
  const ends: number[] = [];
  mask.forEach((on, at) => {
    if (on && !mask[at - 1]) starts.push(at);
    if (on && !mask[at + 1]) ends.push(at + 1);
  });
  return {
    starts: new Float64Array(starts),
    ends: new Float64Array(ends),
    pixels: mask.length,
    order: "row",
  };
}
