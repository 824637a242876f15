import { differences, type Numbers } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { mean } from "../statistics/sum.ts";

export const maeFacts: MetricFacts = {
  name: "mae",
  version: "mae-v1",
  direction: "lower-is-better",
  unit: "unit of the target",
  definition: "Mean of |predicted − reference|.",
  empty: "No rows: an error.",
  source: "Willmott & Matsuura, Climate Research 30 (2005) 79–82.",
};

/** Mean absolute error. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function mae(reference: Numbers, predicted: Numbers): number {
  return mean(differences(reference, predicted).map(Math.abs));
}

/** Mean of predicted − reference. Same errors. */
export function bias(reference: Numbers, predicted: Numbers): number {
  return mean(differences(reference, predicted));
}

/** Median of |predicted − reference|, the mean of the two middle ones for an even number. Same errors. */
export function medianAbsoluteError(reference: Numbers, predicted: Numbers): number {
  const sizes = differences(reference, predicted).map(Math.abs).sort();
  const upper = sizes.length >>> 1;
  const high = sizes[upper] as number;
  return sizes.length % 2 === 1 ? high : ((sizes[upper - 1] as number) + high) / 2;
}
