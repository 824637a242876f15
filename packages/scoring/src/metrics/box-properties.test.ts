import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { froc } from "./froc.ts";
import { mapIou, mapIouV2 } from "./map-iou.ts";
import { count, near, runs, sum } from "./properties-testing.ts";

/** Few places and sizes, so that boxes meet, touch and coincide. */
const boxRow = (images: number) =>
  fc.record({
    image: fc.integer({ min: 0, max: images - 1 }),
    x: fc.integer({ min: 0, max: 3 }),
    y: fc.integer({ min: 0, max: 3 }),
    width: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 4 }),
    score: fc.integer({ min: 0, max: 4 }),
  });
type BoxRow = ReturnType<typeof boxRow> extends fc.Arbitrary<infer Row> ? Row : never;

const boxColumns = (rows: readonly BoxRow[]) => ({
  image: rows.map(({ image }) => image),
  x: rows.map(({ x }) => x),
  y: rows.map(({ y }) => y),
  width: rows.map(({ width }) => width),
  height: rows.map(({ height }) => height),
  score: rows.map(({ score }) => score),
});

/** By counting pixels. */
function pixelIou(a: BoxRow, b: BoxRow): number {
  const pixels = (box: BoxRow) =>
    [...Array(box.width * box.height).keys()].map(
      (at) => `${box.x + (at % box.width)},${box.y + Math.floor(at / box.width)}`,
    );
  const own = new Set(pixels(a));
  const both = count(pixels(b), (pixel) => own.has(pixel));
  return both / (a.width * a.height + b.width * b.height - both);
}

describe("boxes", () => {
  test("map_iou is greedy matching by pixels, image by image and threshold by threshold", () => {
    const images = 3;
    const both = fc.tuple(
      fc.array(boxRow(images), { maxLength: 10 }),
      fc.array(boxRow(images), { maxLength: 10 }),
    );
    fc.assert(
      fc.property(both, ([truth, guesses]) => {
        const scores = [...Array(images).keys()].flatMap((image) => {
          const wanted = truth.filter((box) => box.image === image);
          const given = guesses.filter((box) => box.image === image).sort((a, b) => b.score - a.score);
          if (wanted.length + given.length === 0) return [];
          const each = mapIouV2.thresholds.map((threshold) => {
            const free = [...wanted];
            for (const guess of given) {
              const best = free
                .map((box) => ({ box, iou: pixelIou(box, guess) }))
                .filter(({ iou }) => iou > threshold)
                .reduce<{ box: BoxRow; iou: number } | undefined>(
                  (top, one) => (top === undefined || one.iou > top.iou ? one : top),
                  undefined,
                );
              if (best !== undefined) free.splice(free.indexOf(best.box), 1);
            }
            const hits = wanted.length - free.length;
            return hits / (wanted.length + given.length - hits);
          });
          return [sum(each) / each.length];
        });
        const { value, imagesScored } = mapIou(boxColumns(truth), boxColumns(guesses), images, mapIouV2);
        expect(imagesScored).toBe(scores.length);
        near(value, sum(scores) / scores.length);
      }),
      { ...runs, numRuns: 500 },
    );
  });

  test("FROC is the best sensitivity of a line through the points of all thresholds", () => {
    const lesions = [2, 0, 1];
    const detection = fc
      .record({
        image: fc.integer({ min: 0, max: 2 }),
        score: fc.integer({ min: 0, max: 6 }),
        hit: fc.integer({ min: -1, max: 1 }),
      })
      .map((one) => ({ ...one, hit: one.hit < (lesions[one.image] ?? 0) ? one.hit : -1 }));
    fc.assert(
      fc.property(
        fc.array(detection, { maxLength: 20 }),
        fc.integer({ min: 0, max: 16 }),
        (found, eighths) => {
          const rate = eighths / 8;
          const points = [7, 6, 5, 4, 3, 2, 1, 0].map((threshold) => {
            const taken = found.filter(({ score }) => score >= threshold);
            const hits = new Set(
              taken.filter(({ hit }) => hit >= 0).map(({ image, hit }) => `${image} ${hit}`),
            ).size;
            return { x: count(taken, ({ hit }) => hit < 0) / lesions.length, y: hits / 3 };
          });
          const left = points.filter(({ x }) => x <= rate);
          const [here, next] = [left.at(-1), points[left.length]];
          const expected =
            here === undefined || next === undefined
              ? (here?.y ?? 0)
              : here.y + ((next.y - here.y) * (rate - here.x)) / (next.x - here.x);
          const columns = {
            image: found.map(({ image }) => image),
            score: found.map(({ score }) => score),
            hit: found.map(({ hit }) => hit),
          };
          near(froc(lesions, columns, [rate]), expected);
        },
      ),
      runs,
    );
  });
});
