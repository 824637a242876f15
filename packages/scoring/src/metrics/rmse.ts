import { differences, type Numbers } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { mean } from "../statistics/sum.ts";

export const rmseFacts: MetricFacts = {
  name: "rmse",
  version: "rmse-v1",
  direction: "lower-is-better",
  unit: "unit of the target",
  definition: "Square root of the mean of (predicted − reference)².",
  empty: "No rows: an error.",
  source: "Textbook; scikit-learn, mean_squared_error(squared=False).",
};

/** Mean squared error. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function mse(reference: Numbers, predicted: Numbers): number {
  return mean(differences(reference, predicted).map((d) => d * d));
}

/** Root mean squared error. Same errors. */
export function rmse(reference: Numbers, predicted: Numbers): number {
  return Math.sqrt(mse(reference, predicted));
}
