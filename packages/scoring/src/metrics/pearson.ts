import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { deviations, isConstant } from "../statistics/spread.ts";
import { compensatedSum } from "../statistics/sum.ts";

export const pearsonFacts: MetricFacts = {
  name: "pearson",
  version: "pearson-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Product-moment correlation, −1 … 1, by two passes.",
  empty: "No rows: an error. Fewer than two rows or a constant column: NaN.",
  source: "Pearson 1895; SciPy, pearsonr.",
};

/** Correlation of two columns. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function pearson(reference: Numbers, predicted: Numbers): number {
  sameLength(reference, predicted, "predicted");
  return correlation(finiteColumn(reference, "reference"), finiteColumn(predicted, "predicted"));
}

/** The same of columns that are checked already. */
export function correlation(a: Float64Array, b: Float64Array): number {
  if (a.length < 2 || isConstant(a) || isConstant(b)) return Number.NaN;
  const x = unitScaled(deviations(a));
  const y = unitScaled(deviations(b));
  const xy = compensatedSum(x.map((d, i) => d * (y[i] as number)));
  const xx = compensatedSum(x.map((d) => d * d));
  const yy = compensatedSum(y.map((d) => d * d));
  return Math.max(-1, Math.min(1, xy / (Math.sqrt(xx) * Math.sqrt(yy))));
}

/** Divided by the largest size, so that squares neither overflow nor vanish. */
function unitScaled(values: Float64Array): Float64Array {
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return values.map((x) => x / largest);
}
