import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { ascendingOrder } from "../statistics/order.ts";
import { imageColumn } from "./boxes.ts";

export const frocFacts: MetricFacts = {
  name: "froc",
  version: "froc-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Mean sensitivity at given numbers of false positives per image, by linear interpolation between the operating " +
    "points of every distinct score, constant beyond the last. Several hits on one lesion count once, by the best " +
    "score, and are not false positives. A box hits the lesion in whose box its centre lies, or, with an IoU given, " +
    "the one with which it has a larger IoU.",
  empty: "No images: an error. No lesion: NaN. No detection: 0.",
  source: "Bunch et al., SPIE 127 (1977); LUNA16 (van Ginneken et al. 2010); CAMELYON16.",
};

export const luna16Rates: readonly number[] = [0.125, 0.25, 0.5, 1, 2, 4, 8];
export const camelyonRates: readonly number[] = [0.25, 0.5, 1, 2, 4, 8];

/** Detections of many images as columns of equal length. */
export interface Detections {
  /** Number of the image, 0 … images − 1. */
  readonly image: Numbers;
  readonly score: Numbers;
  /** Which of the image's lesions is hit, from 0, or −1 for none. */
  readonly hit: Numbers;
}

/** From (0, 0) on, one point per distinct score of detections that count. Empty if there is no lesion. */
export interface FrocCurve {
  readonly falsePositivesPerImage: Float64Array;
  readonly sensitivity: Float64Array;
}

/**
 * The free-response curve. `lesions` holds the number of lesions of each image.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`, `bad_label`.
 */
export function frocCurve(lesions: Numbers, detections: Detections): FrocCurve {
  if (lesions.length === 0) throw new ScoringError("empty_input", undefined, { argument: "lesions" });
  sameLength(detections.image, detections.score, "score");
  sameLength(detections.image, detections.hit, "hit");
  const firstLesion = lesionStarts(lesions);
  const total = firstLesion[lesions.length] as number;
  const image = imageColumn(detections.image, lesions.length, "image");
  const score = image.length === 0 ? new Float64Array(0) : finiteColumn(detections.score, "score");
  const lesion = lesionColumn(detections.hit, image, firstLesion);
  if (total === 0) return { falsePositivesPerImage: new Float64Array(0), sensitivity: new Float64Array(0) };

  const found = new Uint8Array(total);
  const rates = [0];
  const sensitivities = [0];
  let hits = 0;
  let alarms = 0;
  let counted = 0;
  const order = ascendingOrder(score);
  for (let at = order.length - 1; at >= 0; at--) {
    const index = order[at] as number;
    const target = lesion[index] as number;
    if (target < 0) alarms += 1;
    else if (found[target] === 0) {
      found[target] = 1;
      hits += 1;
    }
    if (at > 0 && score[order[at - 1] as number] === score[index]) continue;
    // a score that only repeats hits moves nothing and is no point
    if (alarms + hits === counted) continue;
    counted = alarms + hits;
    rates.push(alarms / lesions.length);
    sensitivities.push(hits / total);
  }
  return {
    falsePositivesPerImage: Float64Array.from(rates),
    sensitivity: Float64Array.from(sensitivities),
  };
}

/** Where each image's lesions begin in a list of all; the last entry is their number. */
function lesionStarts(lesions: Numbers): Float64Array {
  const starts = new Float64Array(lesions.length + 1);
  for (let i = 0; i < lesions.length; i++) {
    const count = lesions[i] as number;
    if (!(Number.isInteger(count) && count >= 0 && count <= 1e6)) {
      throw new ScoringError("bad_label", "A number of lesions is not a whole number up to 1,000,000.", {
        argument: "lesions",
        index: i,
      });
    }
    starts[i + 1] = (starts[i] as number) + count;
  }
  return starts;
}

/** Each detection's lesion in the list of all, or −1. */
function lesionColumn(hit: Numbers, image: Uint32Array, starts: Float64Array): Float64Array {
  return Float64Array.from(image, (one, i) => {
    const lesion = hit[i] as number;
    const start = starts[one] as number;
    if (lesion === -1) return -1;
    if (!(Number.isInteger(lesion) && lesion >= 0 && start + lesion < (starts[one + 1] as number))) {
      throw new ScoringError("bad_label", "A hit is not one of the image's lesions.", {
        argument: "hit",
        index: i,
      });
    }
    return start + lesion;
  });
}

/** Sensitivity at a number of false positives per image; at equal rates the highest counts. NaN without lesions. */
export function sensitivityAt({ falsePositivesPerImage, sensitivity }: FrocCurve, rate: number): number {
  if (!(rate >= 0)) throw new ScoringError("bad_argument", "The rate is negative.", { argument: "rate" });
  const n = falsePositivesPerImage.length;
  if (n === 0) return Number.NaN;
  let last = 0;
  while (last + 1 < n && (falsePositivesPerImage[last + 1] as number) <= rate) last += 1;
  const low = sensitivity[last] as number;
  const from = falsePositivesPerImage[last] as number;
  if (last === n - 1 || from === rate) return low;
  const to = falsePositivesPerImage[last + 1] as number;
  return low + ((rate - from) / (to - from)) * ((sensitivity[last + 1] as number) - low);
}

/** The mean of `sensitivityAt` over the rates. Same errors as `frocCurve`, and `bad_argument`. */
export function froc(
  lesions: Numbers,
  detections: Detections,
  rates: readonly number[] = luna16Rates,
): number {
  if (rates.length === 0) throw new ScoringError("empty_input", undefined, { argument: "rates" });
  const curve = frocCurve(lesions, detections);
  return rates.reduce((sum, rate) => sum + sensitivityAt(curve, rate), 0) / rates.length;
}
