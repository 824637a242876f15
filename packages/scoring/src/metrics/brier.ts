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
import { mean } from "../statistics/sum.ts";
import type { MulticlassOptions } from "./auroc-multiclass.ts";

export const brierFacts: MetricFacts = {
  name: "brier",
  version: "brier-v1",
  direction: "lower-is-better",
  unit: "1",
  definition: "Mean of (p − y)² for class 1, 0–1; with more classes the sum over classes, 0–2.",
  empty: "No rows: an error. One class only: a value like any other.",
  source: "Brier, Monthly Weather Review 78 (1950) 1–3; binary form as in scikit-learn.",
};

/**
 * Brier score of labels 0/1 and the probability of class 1.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `bad_probability`.
 */
export function brier(labels: Numbers, probability: Numbers): number {
  sameLength(labels, probability, "probability");
  const wanted = binaryColumn(labels, "labels");
  const given = probabilityColumn(probability, "probability");
  return mean(given.map((p, i) => (p - (wanted[i] as number)) * (p - (wanted[i] as number))));
}

/**
 * Brier's own form: squared differences summed over the classes. For two classes it is twice `brier`.
 * @throws ScoringError as `brier`, and `bad_argument`.
 */
export function brierMulticlass(labels: Numbers, probability: Numbers, options: MulticlassOptions): number {
  const classes = classCount(options.classes);
  const wanted = labelColumn(labels, "labels", classes);
  const given = probabilityRows(probability, wanted.length, classes, options.slack ?? rowSumSlackDefault);
  return mean(
    Float64Array.from(wanted, (label, row) => {
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const difference = (given[row * classes + k] as number) - (k === label ? 1 : 0);
        sum += difference * difference;
      }
      return sum;
    }),
  );
}
