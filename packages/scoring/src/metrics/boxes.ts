import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import { addUp } from "../statistics/running-sums.ts";

/** Boxes of many images as columns of equal length: upper left corner and size in pixels, any finite numbers. */
export interface Boxes {
  /** Number of the image, 0 … images − 1. */
  readonly image: Numbers;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly width: Numbers;
  readonly height: Numbers;
}

export interface ScoredBoxes extends Boxes {
  /** Any finite numbers; higher is surer. */
  readonly score: Numbers;
}

/** Boxes that were checked, in one array: x, y, width, height of each. */
export interface BoxTable {
  readonly count: number;
  readonly image: Uint32Array;
  readonly corners: Float64Array;
}

/**
 * Checks the columns.
 * @throws ScoringError `length_mismatch`, `not_finite`, `bad_box`, `bad_label` for an image number.
 */
export function boxTable(boxes: Boxes, images: number, argument: string): BoxTable {
  const count = boxes.image.length;
  const columns = [boxes.x, boxes.y, boxes.width, boxes.height] as const;
  for (const column of columns) sameLength(boxes.image, column, argument);
  const corners = new Float64Array(4 * count);
  const image = imageColumn(boxes.image, images, argument);
  for (let i = 0; i < count; i++) {
    const x = columns[0][i] as number;
    const y = columns[1][i] as number;
    const width = columns[2][i] as number;
    const height = columns[3][i] as number;
    if (!isBox(x, y, width, height)) {
      throw new ScoringError("bad_box", undefined, { argument, index: i });
    }
    corners[4 * i] = x;
    corners[4 * i + 1] = y;
    corners[4 * i + 2] = width;
    corners[4 * i + 3] = height;
  }
  return { count, image, corners };
}

/** Whether the size is positive and nothing overflows: corners and area are finite. */
export function isBox(x: number, y: number, width: number, height: number): boolean {
  const finite = Number.isFinite(x + width) && Number.isFinite(y + height) && Number.isFinite(width * height);
  return finite && width > 0 && height > 0;
}

/** Image numbers below `images`. @throws ScoringError `bad_label`. */
export function imageColumn(values: Numbers, images: number, argument: string): Uint32Array {
  const column = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const image = values[i] as number;
    if (!(Number.isInteger(image) && image >= 0 && image < images)) {
      throw new ScoringError("bad_label", "An image number is not one of the images.", {
        argument,
        index: i,
      });
    }
    column[i] = image;
  }
  return column;
}

/** Scores of as many boxes, possibly none. @throws ScoringError `length_mismatch`, `not_finite`. */
export function scoreColumn(boxes: ScoredBoxes, argument: string): Float64Array {
  sameLength(boxes.image, boxes.score, argument);
  return boxes.score.length === 0 ? new Float64Array(0) : finiteColumn(boxes.score, argument);
}

/** Where the boxes of each image stand in `order`, which keeps the order in which they were given. */
export function byImage(image: Uint32Array, images: number): { starts: Uint32Array; order: Uint32Array } {
  const starts = new Uint32Array(images + 1);
  for (const one of image) starts[one + 1] = (starts[one + 1] as number) + 1;
  addUp(starts);
  const places = starts.slice();
  const order = new Uint32Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const at = places[image[i] as number] as number;
    places[image[i] as number] = at + 1;
    order[at] = i;
  }
  return { starts, order };
}

/**
 * Intersection over union of box `i` of `a` and box `j` of `b`; boxes that only touch have 0. With `overOwnArea` the
 * intersection over the area of box `i`, which is COCO's measure for crowds.
 */
export function overlap(a: BoxTable, i: number, b: BoxTable, j: number, overOwnArea = false): number {
  const ax = a.corners[4 * i] as number;
  const ay = a.corners[4 * i + 1] as number;
  const aw = a.corners[4 * i + 2] as number;
  const ah = a.corners[4 * i + 3] as number;
  const bx = b.corners[4 * j] as number;
  const by = b.corners[4 * j + 1] as number;
  const bw = b.corners[4 * j + 2] as number;
  const bh = b.corners[4 * j + 3] as number;
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / (overOwnArea ? aw * ah : aw * ah + bw * bh - shared);
}
