import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const precisionFacts: MetricFacts = {
  name: "precision",
  version: "precision-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "TP / (TP + FP), the positive predictive value of voxels.",
  empty: "Prediction empty: NaN.",
  source: "Maier-Hein et al., Metrics reloaded, Nature Methods 21 (2024) 195–212.",
};

/** Share of predicted voxels that are right, 0–1; prediction empty: NaN. */
export function precision({ tp, fp }: OverlapCounts): number {
  return share(tp, tp + fp, Number.NaN);
}
