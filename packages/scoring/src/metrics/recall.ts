import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const recallFacts: MetricFacts = {
  name: "recall",
  version: "recall-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "TP / (TP + FN), the sensitivity of voxels.",
  empty: "Reference empty: NaN.",
  source: "Maier-Hein et al., Metrics reloaded, Nature Methods 21 (2024) 195–212.",
};

/** Share of reference voxels that were found, 0–1; reference empty: NaN. */
export function recall({ tp, fn }: OverlapCounts): number {
  return share(tp, tp + fn, Number.NaN);
}
