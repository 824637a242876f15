import { binaryColumn, type Numbers } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { type Average, averageRate, classRates } from "./class-rates.ts";
import { type ConfusionMatrix, confusionMatrix } from "./confusion-matrix.ts";

const shared = {
  direction: "higher-is-better",
  unit: "1",
  source: "van Rijsbergen, Information Retrieval, 1979; scikit-learn, f1_score.",
} as const;

export const f1BinaryFacts: MetricFacts = {
  ...shared,
  name: "f1-binary",
  version: "f1-binary-v1",
  definition: "2TP / (2TP + FP + FN) of class 1; equal to the Dice coefficient.",
  empty: "No rows: an error. Class 1 in neither column: NaN.",
};

export const f1MacroFacts: MetricFacts = {
  ...shared,
  name: "f1-macro",
  version: "f1-macro-v1",
  definition: "Mean of the F1 of every class; one that is 0/0 counts as 0 (zero_division=0).",
  empty: "No rows: an error. A class in neither column counts as 0.",
};

export const f1MicroFacts: MetricFacts = {
  ...shared,
  name: "f1-micro",
  version: "f1-micro-v1",
  definition: "F1 of the pooled counts; with one label per row it equals accuracy.",
  empty: "No rows: an error.",
};

export const f1WeightedFacts: MetricFacts = {
  ...shared,
  name: "f1-weighted",
  version: "f1-weighted-v1",
  definition: "Mean of the F1 of every class, weighted by how often it occurs in the reference.",
  empty: "No rows: an error.",
};

/** F1 of class 1. @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`. */
export function f1Binary(reference: Numbers, predicted: Numbers): number {
  binaryColumn(reference, "reference");
  binaryColumn(predicted, "predicted");
  return classRates(confusionMatrix(reference, predicted, 2))[1]?.f1 ?? Number.NaN;
}

/** F1 over all classes of a confusion matrix. `presentOnly`: see `averageRate`. */
export function f1(matrix: ConfusionMatrix, average: Average, presentOnly = false): number {
  return averageRate(matrix, "f1", average, presentOnly);
}
