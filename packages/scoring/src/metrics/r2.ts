import { differences, finiteColumn, type Numbers } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { deviations, isConstant } from "../statistics/spread.ts";
import { compensatedSum } from "../statistics/sum.ts";

export const r2Facts: MetricFacts = {
  name: "r2",
  version: "r2-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "1 − Σ(reference − predicted)² / Σ(reference − mean)²; can be negative.",
  empty: "No rows: an error. Fewer than two rows or a constant reference: NaN (scikit-learn says 1 or 0).",
  source: "Wright 1921; scikit-learn, r2_score.",
};

/**
 * Coefficient of determination. `constant: "scikit-learn"` gives a constant reference 1 if it is met and 0 if not.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`.
 */
export function r2(reference: Numbers, predicted: Numbers, constant: "nan" | "scikit-learn" = "nan"): number {
  const residuals = compensatedSum(differences(reference, predicted).map((d) => d * d));
  const wanted = finiteColumn(reference, "reference");
  if (wanted.length < 2) return Number.NaN;
  if (isConstant(wanted)) {
    if (constant === "nan") return Number.NaN;
    return residuals === 0 ? 1 : 0;
  }
  return 1 - residuals / compensatedSum(deviations(wanted).map((d) => d * d));
}
