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
import type { MetricFacts } from "../metric.ts";
import { log } from "../portable-math.ts";
import { mean } from "../statistics/sum.ts";
import type { MulticlassOptions } from "./auroc-multiclass.ts";

export const logLossFacts: MetricFacts = {
  name: "log-loss",
  version: "log-loss-v1",
  direction: "lower-is-better",
  unit: "nat",
  definition: "Mean of −ln of the probability given to the true class, clipped to [2⁻⁵², 1 − 2⁻⁵²].",
  empty: "No rows: an error. One class only: a value like any other.",
  source: "Good, J. R. Stat. Soc. B 14 (1952) 107–114; scikit-learn 1.2, log_loss.",
};

const clip = 2 ** -52;

function loss(p: number): number {
  return -log(Math.min(Math.max(p, clip), 1 - clip));
}

/**
 * Log-loss of labels 0/1 and the probability of class 1.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `bad_probability`.
 */
export function logLoss(labels: Numbers, probability: Numbers): number {
  sameLength(labels, probability, "probability");
  const wanted = binaryColumn(labels, "labels");
  const given = probabilityColumn(probability, "probability");
  return mean(given.map((p, i) => loss(wanted[i] === 1 ? p : 1 - p)));
}

/**
 * Log-loss of labels 0 … classes − 1 and class probabilities, row-major, rows × classes.
 * @throws ScoringError as `logLoss`, and `bad_argument`.
 */
export function logLossMulticlass(labels: Numbers, probability: Numbers, options: MulticlassOptions): number {
  const classes = classCount(options.classes);
  const wanted = labelColumn(labels, "labels", classes);
  const given = probabilityRows(probability, wanted.length, classes, options.slack ?? rowSumSlackDefault);
  return mean(Float64Array.from(wanted, (label, row) => loss(given[row * classes + label] as number)));
}
