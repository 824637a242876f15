import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { compensatedSum } from "../statistics/sum.ts";
import {
  type Boxes,
  type BoxTable,
  boxTable,
  byImage,
  overlap,
  type ScoredBoxes,
  scoreColumn,
} from "./boxes.ts";

const shared = {
  name: "map_iou",
  direction: "higher-is-better",
  unit: "1",
  source: "RSNA Pneumonia Detection Challenge 2018, evaluation page.",
} as const;

export const mapIouV1Facts: MetricFacts = {
  ...shared,
  version: "map_iou-v1",
  definition:
    "Mean over images of the mean over IoU thresholds 0.40–0.75 of TP / (TP + FP + FN), IoU ≥ t, as historically used.",
  empty: "No images: an error. An image without boxes scores 1 whatever is predicted.",
};

export const mapIouV2Facts: MetricFacts = {
  ...shared,
  version: "map_iou-v2",
  definition:
    "Mean over images of the mean over IoU thresholds 0.40–0.75 of TP / (TP + FP + FN), IoU > t, as Kaggle published it.",
  empty:
    "No images, or none that counts: NaN. An image without boxes scores 0 if anything is predicted; with neither it " +
    "is left out, unless the manifest says otherwise.",
};

/** Decimal literals: 0.4 + k·0.05 added up would not be these numbers. */
export const rsnaThresholds: readonly number[] = [0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75];

export interface MapIouRules {
  readonly thresholds: readonly number[];
  /** `greater`: IoU > t matches. `at-least`: IoU ≥ t does. */
  readonly comparison: "greater" | "at-least";
  /**
   * `score`: predictions by descending score, ties in the order given, each takes the free reference box with the
   * highest IoU that passes. `reference`: reference boxes in the order given, each takes the first free prediction by
   * descending score that passes, ties in reverse order, as the widely copied community kernel does.
   */
  readonly matching: "score" | "reference";
  /** Score of an image with predictions but without reference boxes. */
  readonly onlyPredicted: 0 | 1;
  /** Score of an image with neither, or that it does not count. */
  readonly bothEmpty: 0 | 1 | "leave-out";
}

export const mapIouV1: MapIouRules = {
  thresholds: rsnaThresholds,
  comparison: "at-least",
  matching: "score",
  onlyPredicted: 1,
  bothEmpty: 1,
};

export const mapIouV2: MapIouRules = {
  thresholds: rsnaThresholds,
  comparison: "greater",
  matching: "score",
  onlyPredicted: 0,
  bothEmpty: "leave-out",
};

export interface MapIou {
  readonly value: number;
  /** Score of each image; NaN for one that is left out. */
  readonly perImage: Float64Array;
  readonly imagesScored: number;
}

/**
 * Mean average precision in RSNA's form, over images 0 … images − 1.
 * @throws ScoringError `empty_input`, `bad_argument`, `length_mismatch`, `not_finite`, `bad_box`, `bad_label`.
 */
export function mapIou(reference: Boxes, predicted: ScoredBoxes, images: number, rules: MapIouRules): MapIou {
  if (images === 0) throw new ScoringError("empty_input", undefined, { argument: "images" });
  if (rules.thresholds.length === 0 || rules.thresholds.some((t) => !(t >= 0 && t <= 1))) {
    throw new ScoringError("bad_argument", "IoU thresholds are not in 0–1.", { argument: "thresholds" });
  }
  const wanted = boxTable(reference, images, "reference");
  const given = boxTable(predicted, images, "predicted");
  const scores = scoreColumn(predicted, "score");
  const truth = byImage(wanted.image, images);
  const guess = byImage(given.image, images);
  const perImage = new Float64Array(images);
  for (let image = 0; image < images; image++) {
    const boxes = truth.order.subarray(truth.starts[image], truth.starts[image + 1]);
    const guesses = guess.order.subarray(guess.starts[image], guess.starts[image + 1]);
    if (boxes.length === 0) {
      const rule = guesses.length === 0 ? rules.bothEmpty : rules.onlyPredicted;
      perImage[image] = rule === "leave-out" ? Number.NaN : rule;
      continue;
    }
    const reverseTies = rules.matching === "reference" ? -1 : 1;
    guesses.sort((a, b) => (scores[b] as number) - (scores[a] as number) || reverseTies * (a - b));
    perImage[image] = imageScore({ boxes: wanted, order: boxes }, { boxes: given, order: guesses }, rules);
  }
  const counted = perImage.filter((score) => !Number.isNaN(score));
  return { value: compensatedSum(counted) / counted.length, perImage, imagesScored: counted.length };
}

/** Some boxes of one image, in the order in which they choose or are chosen. */
interface Side {
  readonly boxes: BoxTable;
  readonly order: Uint32Array;
}

function imageScore(wanted: Side, given: Side, rules: MapIouRules): number {
  if (given.order.length === 0) return 0;
  const [seekers, sought] = rules.matching === "score" ? [given, wanted] : [wanted, given];
  let sum = 0;
  for (const hits of hitsPerThreshold(seekers, sought, rules)) {
    sum += hits / (given.order.length + wanted.order.length - hits);
  }
  return sum / rules.thresholds.length;
}

/**
 * Matches at each threshold: one seeker after the other takes a free box that passes. All thresholds at once, so that
 * no table of all pairs is ever in memory.
 */
function hitsPerThreshold(seekers: Side, sought: Side, rules: MapIouRules): Uint32Array {
  const { thresholds, comparison, matching } = rules;
  const count = sought.order.length;
  const hits = new Uint32Array(thresholds.length);
  const taken = new Uint8Array(thresholds.length * count);
  const ious = new Float64Array(count);
  for (const seeker of seekers.order) {
    for (let j = 0; j < count; j++) {
      ious[j] = overlap(seekers.boxes, seeker, sought.boxes, sought.order[j] as number);
    }
    for (let t = 0; t < thresholds.length; t++) {
      const threshold = thresholds[t] as number;
      let best = -1;
      let bestIou = -1;
      for (let j = 0; j < count; j++) {
        const iou = ious[j] as number;
        const passes = comparison === "greater" ? iou > threshold : iou >= threshold;
        if (!passes || iou <= bestIou || taken[t * count + j] === 1) continue;
        best = j;
        bestIou = iou;
        if (matching === "reference") break;
      }
      if (best < 0) continue;
      taken[t * count + best] = 1;
      hits[t] = (hits[t] as number) + 1;
    }
  }
  return hits;
}
