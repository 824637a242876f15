import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const diceFacts: MetricFacts = {
  name: "dice",
  version: "dice-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "2·TP / (2·TP + FP + FN).",
  empty: "Both masks empty: 1. One empty: 0.",
  source: "Dice, Ecology 26 (1945) 297–302; empty masks as in Metrics Reloaded.",
};

/** Dice similarity coefficient, 0–1; both masks empty: 1. */
export function dice({ tp, fp, fn }: OverlapCounts): number {
  return share(2 * tp, 2 * tp + fp + fn, 1);
}
