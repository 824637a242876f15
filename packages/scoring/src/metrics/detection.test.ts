import { describe, expect, test } from "bun:test";

import { ScoringError } from "../errors.ts";
import { coco } from "./coco.ts";
import { froc, frocCurve, sensitivityAt } from "./froc.ts";
import { mapIou, mapIouV1, mapIouV2 } from "./map-iou.ts";

type Row = readonly [image: number, x: number, y: number, width: number, height: number, score?: number];

function boxes(rows: readonly Row[]) {
  return {
    image: rows.map((row) => row[0]),
    x: rows.map((row) => row[1]),
    y: rows.map((row) => row[2]),
    width: rows.map((row) => row[3]),
    height: rows.map((row) => row[4]),
    score: rows.map((row) => row[5] ?? 0.5),
  };
}

describe("mean average precision of RSNA", () => {
  const half: Row[] = [[0, 0, 0, 10, 10]];
  const predicted: Row[] = [[0, 0, 0, 10, 5, 0.9]]; // IoU exactly 0.5

  test("an IoU of exactly the threshold matches in v1 and not in v2", () => {
    // passes 0.40, 0.45 and 0.50 of eight thresholds, or only the first two
    expect(mapIou(boxes(half), boxes(predicted), 1, mapIouV1).value).toBe(3 / 8);
    expect(mapIou(boxes(half), boxes(predicted), 1, mapIouV2).value).toBe(2 / 8);
  });

  test("images without boxes: v1 gives 1 whatever is predicted, v2 gives 0, and leaves out what has neither", () => {
    const onlyPredicted = boxes([[0, 1, 1, 5, 5]]);
    const v1 = mapIou(boxes([]), onlyPredicted, 2, mapIouV1);
    const v2 = mapIou(boxes([]), onlyPredicted, 2, mapIouV2);
    expect([...v1.perImage]).toEqual([1, 1]);
    expect([...v2.perImage]).toEqual([0, Number.NaN]);
    expect(v1.value).toBe(1);
    expect(v2.value).toBe(0);
    expect(v2.imagesScored).toBe(1);
    expect(mapIou(boxes([]), boxes([]), 3, mapIouV2).value).toBeNaN();
    expect(mapIou(boxes([]), onlyPredicted, 2, { ...mapIouV2, bothEmpty: 1 }).value).toBe(0.5);
  });

  test("a missed image counts 0, and order of rows or images does not matter", () => {
    const truth: Row[] = [
      [1, 0, 0, 4, 4],
      [0, 0, 0, 4, 4],
      [1, 50, 50, 4, 4],
    ];
    const pred: Row[] = [
      [1, 50, 50, 4, 4, 0.2],
      [1, 0, 0, 4, 4, 0.9],
    ];
    const { perImage, value } = mapIou(boxes(truth), boxes(pred), 2, mapIouV2);
    expect([...perImage]).toEqual([0, 1]);
    expect(value).toBe(0.5);
    expect(mapIou(boxes(truth.toReversed()), boxes(pred.toReversed()), 2, mapIouV2).value).toBe(0.5);
  });

  test("the surer prediction chooses first and takes the best box; equal scores choose in the order given", () => {
    // P overlaps both boxes, Q only the first: if P takes the first (its best), Q is left with nothing
    const truth: Row[] = [
      [0, 0, 0, 10, 10],
      [0, 4, 0, 10, 10],
    ];
    const wide: Row = [0, 1, 0, 10, 10, 0.8]; // IoU 9/11 with the first, 7/13 with the second
    const left: Row = [0, 0, 0, 10, 9, 0.7]; // IoU 9/10 with the first, under 0.40 with the second
    const rules = { ...mapIouV2, thresholds: [0.5] };
    expect(mapIou(boxes(truth), boxes([wide, left]), 1, rules).value).toBe(1 / 3);
    const surerLeft: Row = [0, 0, 0, 10, 9, 0.9];
    expect(mapIou(boxes(truth), boxes([wide, surerLeft]), 1, rules).value).toBe(1);
    const tied: Row = [0, 0, 0, 10, 9, 0.8];
    expect(mapIou(boxes(truth), boxes([tied, wide]), 1, rules).value).toBe(1);
    expect(mapIou(boxes(truth), boxes([wide, tied]), 1, rules).value).toBe(1 / 3);
  });

  test("boxes of no size, unknown images and bad thresholds are refused", () => {
    const codeOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error instanceof ScoringError ? error.code : error;
      }
      return "nothing";
    };
    expect(codeOf(() => mapIou(boxes([[0, 0, 0, 0, 5]]), boxes([]), 1, mapIouV2))).toBe("bad_box");
    expect(codeOf(() => mapIou(boxes([[0, 0, 0, 5, -1]]), boxes([]), 1, mapIouV2))).toBe("bad_box");
    expect(codeOf(() => mapIou(boxes([[0, 1e308, 0, 1e308, 1]]), boxes([]), 1, mapIouV2))).toBe("bad_box");
    expect(codeOf(() => mapIou(boxes([[1, 0, 0, 5, 5]]), boxes([]), 1, mapIouV2))).toBe("bad_label");
    expect(codeOf(() => mapIou(boxes(half), boxes([[0, 0, 0, 5, 5, Number.NaN]]), 1, mapIouV2))).toBe(
      "not_finite",
    );
    expect(codeOf(() => mapIou(boxes(half), boxes([]), 1, { ...mapIouV2, thresholds: [1.5] }))).toBe(
      "bad_argument",
    );
    expect(codeOf(() => mapIou(boxes([]), boxes([]), 0, mapIouV2))).toBe("empty_input");
  });
});

describe("FROC", () => {
  // two images, three lesions; by score: hit 0/0, alarm, hit 1/0, the same lesion again, alarm with hit 1/1
  const lesions = [1, 2];
  const detections = {
    image: [0, 0, 1, 1, 1, 0],
    score: [0.9, 0.8, 0.7, 0.6, 0.5, 0.5],
    hit: [0, -1, 0, 0, 1, -1],
  };

  test("the curve has a point per distinct score that counts", () => {
    const { falsePositivesPerImage, sensitivity } = frocCurve(lesions, detections);
    expect([...falsePositivesPerImage]).toEqual([0, 0, 0.5, 0.5, 1]);
    expect([...sensitivity]).toEqual([0, 1 / 3, 1 / 3, 2 / 3, 1]);
  });

  test("between points linear, at a step the upper end, beyond the last constant", () => {
    const curve = frocCurve(lesions, detections);
    expect(sensitivityAt(curve, 0)).toBe(1 / 3);
    expect(sensitivityAt(curve, 0.5)).toBe(2 / 3);
    expect(sensitivityAt(curve, 0.75)).toBeCloseTo(5 / 6, 15);
    expect(sensitivityAt(curve, 8)).toBe(1);
    expect(froc(lesions, detections, [0.5, 8])).toBeCloseTo(5 / 6, 15);
  });

  test("no lesion is NaN, no detection 0, and a hit beyond the image's lesions is refused", () => {
    const none = { image: [], score: [], hit: [] };
    expect(froc([0, 0], none)).toBeNaN();
    expect(froc([1], none)).toBe(0);
    expect(() => froc([1, 2], { image: [0], score: [1], hit: [1] })).toThrow(ScoringError);
    expect(() => froc([1], { image: [0], score: [1], hit: [0.5] })).toThrow(ScoringError);
  });
});

describe("COCO", () => {
  const truth = (rows: readonly Row[], crowd: readonly number[] = []) => ({
    ...boxes(rows),
    category: rows.map(() => 0),
    area: rows.map((row) => row[3] * row[4]),
    crowd: rows.map((_, i) => crowd[i] ?? 0),
  });
  const found = (rows: readonly Row[]) => ({ ...boxes(rows), category: rows.map(() => 0) });

  test("a perfect answer is 1, and −1 where there is nothing of that size", () => {
    const rows: Row[] = [
      [0, 0, 0, 50, 50, 0.9],
      [1, 0, 0, 60, 60, 0.8],
    ];
    const { ap, ar1, ar100, apSmall, apMedium, apLarge } = coco(truth(rows), found(rows), 2, 1);
    expect([ap, ar1, ar100, apSmall, apMedium, apLarge]).toEqual([1, 1, 1, -1, 1, -1]);
  });

  test("a false positive above one of two hits: 51 recall points at 1, 50 at 2/3", () => {
    const rows: Row[] = [
      [0, 0, 0, 50, 50, 0.9],
      [0, 200, 0, 50, 50, 0.5],
    ];
    const { ap50 } = coco(truth(rows), found([...rows, [0, 400, 0, 50, 50, 0.7]]), 1, 1);
    expect(ap50).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 14);
  });

  test("what counts is matched before a better overlap with what does not", () => {
    // IoU 0.64 with the object that counts, 1 with the crowd around it
    const rows: Row[] = [
      [0, 0, 0, 80, 80],
      [0, 0, 0, 100, 100],
    ];
    const { ap50, ap75 } = coco(truth(rows, [0, 1]), found([[0, 0, 0, 100, 100, 0.9]]), 1, 1);
    expect(ap50).toBeCloseTo(1, 14);
    expect(ap75).toBe(0);
  });

  test("a crowd may be hit often and counts nothing", () => {
    const rows: Row[] = [
      [0, 0, 0, 50, 50, 0.9],
      [0, 200, 0, 100, 100, 0.5],
    ];
    const inside: Row[] = [
      [0, 210, 10, 20, 20, 0.99],
      [0, 240, 10, 20, 20, 0.98],
    ];
    expect(coco(truth(rows, [0, 1]), found([rows[0] as Row, ...inside]), 1, 1).ap).toBeCloseTo(1, 14);
    expect(coco(truth(rows, [0, 0]), found([rows[0] as Row, ...inside]), 1, 1).ap).toBeLessThan(0.3);
  });
});
