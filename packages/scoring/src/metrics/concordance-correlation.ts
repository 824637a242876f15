import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { deviations, isConstant } from "../statistics/spread.ts";
import { compensatedSum, mean } from "../statistics/sum.ts";

export const concordanceCorrelationFacts: MetricFacts = {
  name: "concordance-correlation",
  version: "concordance-correlation-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Lin's CCC with population moments: 2·cov / (var + var + (difference of means)²).",
  empty: "No rows: an error. Fewer than two rows, or both columns constant and equal: NaN.",
  source: "Lin, Biometrics 45 (1989) 255–268.",
};

/** Concordance correlation. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function concordanceCorrelation(reference: Numbers, predicted: Numbers): number {
  sameLength(reference, predicted, "predicted");
  const a = finiteColumn(reference, "reference");
  const b = finiteColumn(predicted, "predicted");
  // Asked of the values: a rounded mean of equal values may differ from them, and 0/0 would come out as 1.
  const isNothing = isConstant(a) && isConstant(b) && a[0] === b[0];
  if (a.length < 2 || isNothing) return Number.NaN;
  const x = deviations(a);
  const y = deviations(b);
  const n = a.length;
  const covariance = compensatedSum(x.map((d, i) => d * (y[i] as number))) / n;
  const variances = (compensatedSum(x.map((d) => d * d)) + compensatedSum(y.map((d) => d * d))) / n;
  const shift = mean(a) - mean(b);
  return (2 * covariance) / (variances + shift * shift);
}
