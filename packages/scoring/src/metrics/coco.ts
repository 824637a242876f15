import { binaryColumn, classCount, finiteColumn, labelColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { ascendingOrder } from "../statistics/order.ts";
import { type Boxes, boxTable, type ScoredBoxes, scoreColumn } from "./boxes.ts";
import { type AreaRange, type CocoInput, matchImage } from "./coco-matching.ts";

const shared = {
  direction: "higher-is-better",
  unit: "1",
  empty: "No box of any category in the area range: −1, as in pycocotools; in a competition no number.",
  source: "Lin et al., ECCV 2014; pycocotools 2.0, COCOeval for boxes.",
} as const;

export const cocoApFacts: MetricFacts = {
  ...shared,
  name: "coco-ap",
  version: "coco-ap-v1",
  definition:
    "Mean over categories and IoU thresholds 0.50–0.95 (inclusive) of the precision, made monotone, at 101 recall " +
    "points; with an IoU given, at that one; with an area given, of objects of that size.",
};

export const cocoArFacts: MetricFacts = {
  ...shared,
  name: "coco-ar",
  version: "coco-ar-v1",
  definition:
    "Mean over categories and IoU thresholds 0.50–0.95 (inclusive) of the highest recall with 100 detections per " +
    "image, or 1 or 10; with an area given, of objects of that size.",
};

/** As NumPy's linspace makes them; 0.8999999999999999 is one of them. */
const iouThresholds = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)));
const recallPoints = Array.from({ length: 101 }, (_, i) => i * 0.01);
const maxDetections = 100;

/** By area of the reference box in pixels, both ends included. */
export const cocoAreas = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const satisfies Record<string, AreaRange>;

export interface CocoTruth extends Boxes {
  /** 0 … categories − 1. */
  readonly category: Numbers;
  /** Area of the object in pixels, which need not be that of its box. */
  readonly area: Numbers;
  /** 1 for a crowd, which may be hit any number of times and counts nothing. */
  readonly crowd: Numbers;
}

export interface CocoDetections extends ScoredBoxes {
  readonly category: Numbers;
}

/** −1 where nothing is there to be found. */
export interface CocoSummary {
  readonly ap: number;
  readonly ap50: number;
  readonly ap75: number;
  readonly apSmall: number;
  readonly apMedium: number;
  readonly apLarge: number;
  readonly ar1: number;
  readonly ar10: number;
  readonly ar100: number;
  readonly arSmall: number;
  readonly arMedium: number;
  readonly arLarge: number;
  readonly apPerCategory: readonly number[];
}

/**
 * The twelve numbers of COCO's summary. Equal scores: images in their order, then detections in theirs.
 * @throws ScoringError `length_mismatch`, `not_finite`, `bad_box`, `bad_label`, `bad_argument`.
 */
export function coco(
  truth: CocoTruth,
  detections: CocoDetections,
  images: number,
  categories: number,
): CocoSummary {
  const input = inputOf(truth, detections, images, categories);
  const all = accumulate(input, cocoAreas.all);
  const small = accumulate(input, cocoAreas.small);
  const medium = accumulate(input, cocoAreas.medium);
  const large = accumulate(input, cocoAreas.large);
  const at = (t: number) => all.map(({ ap }) => [ap[t] as number]);
  return {
    ap: meanOf(all.map(({ ap }) => ap)),
    ap50: meanOf(at(0)),
    ap75: meanOf(at(5)),
    apSmall: meanOf(small.map(({ ap }) => ap)),
    apMedium: meanOf(medium.map(({ ap }) => ap)),
    apLarge: meanOf(large.map(({ ap }) => ap)),
    ar1: meanOf(accumulate(input, cocoAreas.all, 1).map(({ recall }) => recall)),
    ar10: meanOf(accumulate(input, cocoAreas.all, 10).map(({ recall }) => recall)),
    ar100: meanOf(all.map(({ recall }) => recall)),
    arSmall: meanOf(small.map(({ recall }) => recall)),
    arMedium: meanOf(medium.map(({ recall }) => recall)),
    arLarge: meanOf(large.map(({ recall }) => recall)),
    apPerCategory: all.map(({ ap }) => meanOf([ap])),
  };
}

/** What of COCO's table is asked for: everything unless said otherwise. */
export interface CocoRules {
  readonly area?: keyof typeof cocoAreas;
  /** One IoU threshold, inclusive, in place of the mean over ten. */
  readonly iou?: number;
  /** The surest of each image and category that count, at most 100. */
  readonly detectionsMax?: number;
}

/** COCO's average precision. −1 where nothing is there to be found. Same errors as `coco`. */
export function cocoAp(
  truth: CocoTruth,
  detections: CocoDetections,
  images: number,
  categories: number,
  rules: CocoRules = {},
): number {
  return meanOf(measured(truth, detections, images, categories, rules).map(({ ap }) => ap));
}

/** COCO's average recall. −1 where nothing is there to be found. Same errors as `coco`. */
export function cocoAr(
  truth: CocoTruth,
  detections: CocoDetections,
  images: number,
  categories: number,
  rules: CocoRules = {},
): number {
  return meanOf(measured(truth, detections, images, categories, rules).map(({ recall }) => recall));
}

function measured(
  truth: CocoTruth,
  detections: CocoDetections,
  images: number,
  categories: number,
  { area = "all", iou, detectionsMax = maxDetections }: CocoRules,
): CategoryResult[] {
  if (iou !== undefined && !(iou >= 0 && iou <= 1)) {
    throw new ScoringError("bad_argument", `${iou} is not an IoU.`, { argument: "iou" });
  }
  const input = inputOf(truth, detections, images, categories);
  return accumulate(input, cocoAreas[area], detectionsMax, iou === undefined ? iouThresholds : [iou]);
}

function inputOf(
  truth: CocoTruth,
  detections: CocoDetections,
  images: number,
  categories: number,
): CocoInput {
  classCount(categories);
  sameLength(truth.image, truth.category, "category");
  sameLength(truth.image, truth.area, "area");
  sameLength(truth.image, truth.crowd, "crowd");
  sameLength(detections.image, detections.category, "category");
  const cells = images * categories;
  if (!(Number.isInteger(images) && images >= 1 && cells <= 1e7)) {
    throw new ScoringError("bad_argument", "The number of images times categories is not in 1–10,000,000.", {
      argument: "images",
    });
  }
  const truthBoxes = boxTable(truth, images, "truth");
  const detectionBoxes = boxTable(detections, images, "detections");
  const scores = scoreColumn(detections, "score");
  const truthCells = cellsOf(
    truth.category,
    truthBoxes.image,
    categories,
    images,
    Array.from(truth.image, (_, i) => i),
  );
  const descending = ascendingOrder(scores.map((score) => -score));
  return {
    images,
    categories,
    truth: truthBoxes,
    area: truthBoxes.count === 0 ? new Float64Array(0) : finiteColumn(truth.area, "area"),
    crowd: truthBoxes.count === 0 ? new Uint8Array(0) : binaryColumn(truth.crowd, "crowd"),
    detections: detectionBoxes,
    scores,
    truthCells,
    detectionCells: cellsOf(detections.category, detectionBoxes.image, categories, images, descending),
  };
}

/** The boxes of each (category, image), in the order given. */
function cellsOf(
  category: Numbers,
  image: Uint32Array,
  categories: number,
  images: number,
  order: ArrayLike<number>,
): Map<number, number[]> {
  const label = category.length === 0 ? new Uint16Array(0) : labelColumn(category, "category", categories);
  const cells = new Map<number, number[]>();
  for (let i = 0; i < order.length; i++) {
    const box = order[i] as number;
    const cell = (label[box] as number) * images + (image[box] as number);
    const boxes = cells.get(cell);
    if (boxes === undefined) cells.set(cell, [box]);
    else boxes.push(box);
  }
  return cells;
}

interface CategoryResult {
  /** Per IoU threshold, −1 if the category has nothing to be found. */
  readonly ap: readonly number[];
  readonly recall: readonly number[];
}

function accumulate(
  input: CocoInput,
  area: AreaRange,
  detectionsMax = maxDetections,
  thresholds: readonly number[] = iouThresholds,
): CategoryResult[] {
  return Array.from({ length: input.categories }, (_, category) => {
    const matches = Array.from({ length: input.images }, (_, image) =>
      matchImage(input, category * input.images + image, area, thresholds, detectionsMax, maxDetections),
    );
    const toFind = matches.reduce((sum, { countable }) => sum + countable, 0);
    if (toFind === 0) return { ap: thresholds.map(() => -1), recall: thresholds.map(() => -1) };
    const scores = Float64Array.from(matches.flatMap((one) => one.scores));
    const order = ascendingOrder(scores.map((score) => -score));
    const results = thresholds.map((_, t) => {
      const outcomes = matches.flatMap((one) => one.outcomes[t] ?? []);
      return precisionAndRecall(
        Array.from(order, (i) => outcomes[i] ?? "ignored"),
        toFind,
      );
    });
    return { ap: results.map(({ ap }) => ap), recall: results.map(({ recall }) => recall) };
  });
}

function precisionAndRecall(outcomes: readonly string[], toFind: number): { ap: number; recall: number } {
  const precision: number[] = [];
  const recall: number[] = [];
  let hits = 0;
  let misses = 0;
  for (const outcome of outcomes) {
    if (outcome === "hit") hits += 1;
    if (outcome === "miss") misses += 1;
    recall.push(hits / toFind);
    precision.push(hits / (hits + misses + 2 ** -52));
  }
  for (let i = precision.length - 2; i >= 0; i--) {
    precision[i] = Math.max(precision[i] as number, precision[i + 1] as number);
  }
  let sum = 0;
  let at = 0;
  for (const point of recallPoints) {
    while (at < recall.length && (recall[at] as number) < point) at += 1;
    if (at < recall.length) sum += precision[at] as number;
  }
  return { ap: sum / recallPoints.length, recall: recall.at(-1) ?? 0 };
}

/** The mean of all that is there, −1 if nothing is. */
function meanOf(rows: readonly (readonly number[])[]): number {
  const there = rows.flat().filter((value) => value > -1);
  return there.length === 0 ? -1 : there.reduce((sum, value) => sum + value, 0) / there.length;
}
