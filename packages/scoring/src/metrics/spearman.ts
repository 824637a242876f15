import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { averageRanks } from "../statistics/order.ts";
import { correlation } from "./pearson.ts";

export const spearmanFacts: MetricFacts = {
  name: "spearman",
  version: "spearman-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Pearson correlation of the ranks, ties sharing the mean of their places.",
  empty: "No rows: an error. Fewer than two rows or a constant column: NaN.",
  source: "Spearman 1904; SciPy, spearmanr.",
};

/** Rank correlation of two columns. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function spearman(reference: Numbers, predicted: Numbers): number {
  sameLength(reference, predicted, "predicted");
  return correlation(
    averageRanks(finiteColumn(reference, "reference")),
    averageRanks(finiteColumn(predicted, "predicted")),
  );
}
