import type { MetricFacts } from "../metric.ts";
import { classRates } from "./class-rates.ts";
import type { ConfusionMatrix } from "./confusion-matrix.ts";

export const balancedAccuracyFacts: MetricFacts = {
  name: "balanced-accuracy",
  version: "balanced-accuracy-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Mean recall over the classes that occur in the reference, as in scikit-learn.",
  empty: "No rows: an error. A class that never occurs in the reference is left out of the mean.",
  source: "Brodersen et al., ICPR 2010; scikit-learn, balanced_accuracy_score.",
};

/**
 * Balanced accuracy of a confusion matrix. With `absent: "nan"` the result is NaN when a class never occurs in the
 * reference, as in Metrics Reloaded and as (sensitivity + specificity) / 2 is.
 */
export function balancedAccuracy(matrix: ConfusionMatrix, absent: "leave-out" | "nan" = "leave-out"): number {
  let sum = 0;
  let present = 0;
  for (const { recall } of classRates(matrix)) {
    if (Number.isNaN(recall)) {
      if (absent === "nan") return Number.NaN;
      continue;
    }
    sum += recall;
    present += 1;
  }
  return sum / present;
}
