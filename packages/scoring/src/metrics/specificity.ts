import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const specificityFacts: MetricFacts = {
  name: "specificity",
  version: "specificity-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "TN / (TN + FP) of voxels; depends on the size of the image.",
  empty: "Reference fills the image: NaN.",
  source: "Maier-Hein et al., Metrics reloaded, Nature Methods 21 (2024) 195–212.",
};

/** Share of background voxels left alone, 0–1; reference without background: NaN. */
export function specificity({ fp, tn }: OverlapCounts): number {
  return share(tn, tn + fp, Number.NaN);
}
