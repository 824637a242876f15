import { binaryColumn, finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { thresholds } from "../statistics/thresholds.ts";

export const sensitivityAtSpecificityFacts: MetricFacts = {
  name: "sensitivity-at-specificity",
  version: "sensitivity-at-specificity-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Highest sensitivity of any threshold (score ≥ t) whose specificity is at least the one asked for.",
  empty: "No rows: an error. One class only: NaN. No threshold is specific enough: 0.",
  source: "An operating point that exists, no interpolation between points of the ROC curve.",
};

export interface OperatingPoint {
  readonly sensitivity: number;
  readonly specificity: number;
  /** Positive where score ≥ threshold; Infinity where nothing is positive. */
  readonly threshold: number;
}

/**
 * The operating point with the highest sensitivity at a specificity of at least `specificity` (0–1).
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `bad_argument`.
 */
export function operatingPoint(labels: Numbers, scores: Numbers, specificity: number): OperatingPoint {
  if (!(specificity >= 0 && specificity <= 1)) {
    throw new ScoringError("bad_argument", "The specificity is not in 0–1.", { argument: "specificity" });
  }
  sameLength(labels, scores, "scores");
  const curve = thresholds(binaryColumn(labels, "labels"), finiteColumn(scores, "scores"));
  const { positives, negatives } = curve;
  if (positives === 0 || negatives === 0) {
    return { sensitivity: Number.NaN, specificity: Number.NaN, threshold: Number.NaN };
  }
  let best: OperatingPoint = { sensitivity: 0, specificity: 1, threshold: Infinity };
  for (let i = 0; i < curve.scores.length; i++) {
    // the quotient is correctly rounded, so 19 / 20 meets the literal 0.95
    const reached = (negatives - (curve.fp[i] as number)) / negatives;
    if (reached < specificity) break;
    const sensitivity = (curve.tp[i] as number) / positives;
    if (sensitivity > best.sensitivity) {
      best = { sensitivity, specificity: reached, threshold: curve.scores[i] as number };
    }
  }
  return best;
}

/** The sensitivity of `operatingPoint`. */
export function sensitivityAtSpecificity(labels: Numbers, scores: Numbers, specificity: number): number {
  return operatingPoint(labels, scores, specificity).sensitivity;
}
