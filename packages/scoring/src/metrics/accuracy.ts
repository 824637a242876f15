import { labelColumn, type Numbers, sameLength } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";

export const accuracyFacts: MetricFacts = {
  name: "accuracy",
  version: "accuracy-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Share of rows whose predicted class equals the reference.",
  empty: "No rows: an error.",
  source: "scikit-learn, accuracy_score.",
};

/**
 * Accuracy of two columns of class labels (whole numbers from 0).
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`.
 */
export function accuracy(reference: Numbers, predicted: Numbers, classes?: number): number {
  sameLength(reference, predicted, "predicted");
  const wanted = labelColumn(reference, "reference", classes);
  const given = labelColumn(predicted, "predicted", classes);
  let equal = 0;
  for (let i = 0; i < wanted.length; i++) if (wanted[i] === given[i]) equal += 1;
  return equal / wanted.length;
}
