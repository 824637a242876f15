import {
  binaryColumn,
  classCount,
  labelColumn,
  type Numbers,
  probabilityColumn,
  probabilityRows,
  rowSumSlackDefault,
  sameLength,
} from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import type { MulticlassOptions } from "./auroc-multiclass.ts";

export const eceFacts: MetricFacts = {
  name: "ece",
  version: "ece-v1",
  direction: "lower-is-better",
  unit: "1",
  definition:
    "Expected calibration error: N equal-width bins (i/N, (i+1)/N], 0 in the first, mean |observed − predicted| " +
    "weighted by bin size; by top label, or by the probability of class 1.",
  empty: "No rows: an error. Empty bins count nothing.",
  source: "Naeini, Cooper & Hauskrecht, AAAI 2015; Guo et al., ICML 2017.",
};

export const eceBinsDefault = 15;

/** The bin (i/N, (i+1)/N] of p, its edges being the rounded quotients; 0 is in the first. */
function binOf(p: number, bins: number): number {
  let bin = Math.min(bins - 1, Math.max(0, Math.ceil(p * bins) - 1));
  while (bin > 0 && p <= bin / bins) bin -= 1;
  while (bin < bins - 1 && p > (bin + 1) / bins) bin += 1;
  return bin;
}

/** Σ over bins of |Σ hits − Σ confidence| / n. */
function calibrationError(confidence: Float64Array, hits: Uint8Array, bins: number): number {
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 1e6)) {
    throw new ScoringError("bad_argument", "The number of bins is not in 1–1,000,000.", { argument: "bins" });
  }
  const predicted = new Float64Array(bins);
  const observed = new Float64Array(bins);
  for (let i = 0; i < confidence.length; i++) {
    const bin = binOf(confidence[i] as number, bins);
    predicted[bin] = (predicted[bin] as number) + (confidence[i] as number);
    observed[bin] = (observed[bin] as number) + (hits[i] as number);
  }
  let sum = 0;
  for (let bin = 0; bin < bins; bin++)
    sum += Math.abs((observed[bin] as number) - (predicted[bin] as number));
  return sum / confidence.length;
}

/**
 * Binary, by the probability of class 1 against the share of positives.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `bad_probability`, `bad_argument`.
 */
export function ecePositive(labels: Numbers, probability: Numbers, bins = eceBinsDefault): number {
  sameLength(labels, probability, "probability");
  const given = probabilityColumn(probability, "probability");
  return calibrationError(given, binaryColumn(labels, "labels"), bins);
}

/** Binary, by max(p, 1 − p) against accuracy; class 1 is predicted from p = 0.5 on. Same errors. */
export function eceTopLabel(labels: Numbers, probability: Numbers, bins = eceBinsDefault): number {
  sameLength(labels, probability, "probability");
  const wanted = binaryColumn(labels, "labels");
  const given = probabilityColumn(probability, "probability");
  return calibrationError(
    given.map((p) => Math.max(p, 1 - p)),
    wanted.map((label, i) => ((given[i] as number) >= 0.5 ? label : 1 - label)),
    bins,
  );
}

/** By the largest of the class probabilities (rows × classes), the lowest class winning ties. Same errors. */
export function eceMulticlass(
  labels: Numbers,
  probability: Numbers,
  options: MulticlassOptions & { readonly bins?: number },
): number {
  const classes = classCount(options.classes);
  const wanted = labelColumn(labels, "labels", classes);
  const given = probabilityRows(probability, wanted.length, classes, options.slack ?? rowSumSlackDefault);
  const confidence = new Float64Array(wanted.length);
  const hits = new Uint8Array(wanted.length);
  for (let row = 0; row < wanted.length; row++) {
    let top = 0;
    for (let k = 1; k < classes; k++) {
      if ((given[row * classes + k] as number) > (given[row * classes + top] as number)) top = k;
    }
    confidence[row] = given[row * classes + top] as number;
    hits[row] = wanted[row] === top ? 1 : 0;
  }
  return calibrationError(confidence, hits, options.bins ?? eceBinsDefault);
}
