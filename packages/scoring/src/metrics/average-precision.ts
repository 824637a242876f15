import { binaryColumn, finiteColumn, type Numbers, sameLength } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { thresholds } from "../statistics/thresholds.ts";

export const averagePrecisionFacts: MetricFacts = {
  name: "average-precision",
  version: "average-precision-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Sum over distinct thresholds of (R_n − R_(n−1)) P_n; steps, never the trapezoid.",
  empty: "No rows: an error. No positive: NaN (scikit-learn says 0).",
  source: "scikit-learn, average_precision_score; Davis & Goadrich, ICML 2006, on why not the trapezoid.",
};

/**
 * Average precision of labels 0/1 and scores, any finite numbers.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`.
 */
export function averagePrecision(labels: Numbers, scores: Numbers): number {
  sameLength(labels, scores, "scores");
  const { tp, fp, positives } = thresholds(binaryColumn(labels, "labels"), finiteColumn(scores, "scores"));
  if (positives === 0) return Number.NaN;
  let sum = 0;
  let before = 0;
  for (let i = 0; i < tp.length; i++) {
    const hits = tp[i] as number;
    if (hits > before) sum += (hits - before) * (hits / (hits + (fp[i] as number)));
    before = hits;
  }
  return sum / positives;
}

/**
 * The area under the precision-recall curve by the trapezoid rule, from (0, 1) on: what Metrics Reloaded calls
 * average precision. Optimistic; only for comparison with old papers. NaN for one class only.
 */
export function precisionRecallTrapezoid(labels: Numbers, scores: Numbers): number {
  sameLength(labels, scores, "scores");
  const { tp, fp, positives, negatives } = thresholds(
    binaryColumn(labels, "labels"),
    finiteColumn(scores, "scores"),
  );
  if (positives === 0 || negatives === 0) return Number.NaN;
  let sum = 0;
  let hitsBefore = 0;
  let precisionBefore = 1;
  for (let i = 0; i < tp.length; i++) {
    const hits = tp[i] as number;
    const precision = hits / (hits + (fp[i] as number));
    sum += ((hits - hitsBefore) / positives) * ((precision + precisionBefore) / 2);
    hitsBefore = hits;
    precisionBefore = precision;
  }
  return sum;
}
