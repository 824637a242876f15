import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const iouFacts: MetricFacts = {
  name: "iou",
  version: "iou-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "TP / (TP + FP + FN), the Jaccard index.",
  empty: "Both masks empty: 1 (Metrics Reloaded says NaN, against its own Dice). One empty: 0.",
  source: "Jaccard, Bulletin de la Société vaudoise des sciences naturelles 37 (1901) 547–579.",
};

/** Intersection over union, 0–1; both masks empty: 1. */
export function iou({ tp, fp, fn }: OverlapCounts): number {
  return share(tp, tp + fp + fn, 1);
}
