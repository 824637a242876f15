import { binaryColumn, finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import type { MetricFacts } from "../metric.ts";
import { twiceTheWins } from "../statistics/wins.ts";

export const aurocFacts: MetricFacts = {
  name: "auroc",
  version: "auroc-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Share of (positive, negative) pairs in which the positive scores higher; ties count one half.",
  empty: "No rows: an error. One class only: NaN.",
  source: "Mann & Whitney 1947; Hanley & McNeil, Radiology 143 (1982) 29–36.",
};

/**
 * AUROC of labels 0/1 and scores, any finite numbers. Exact: whole numbers until the one division.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`.
 */
export function auroc(labels: Numbers, scores: Numbers): number {
  sameLength(labels, scores, "scores");
  return areaUnderCurve(binaryColumn(labels, "labels"), finiteColumn(scores, "scores"));
}

/** The same of columns that are checked already. */
export function areaUnderCurve(labels: Uint8Array, scores: Float64Array): number {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i] as number;
  const pairs = positives * (labels.length - positives);
  if (pairs === 0) return Number.NaN;
  if (2 * pairs > Number.MAX_SAFE_INTEGER) {
    throw new ScoringError("too_large", "More pairs than can be counted exactly.", { argument: "labels" });
  }
  return twiceTheWins(scores, labels) / (2 * pairs);
}
