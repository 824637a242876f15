import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const volumeSimilarityFacts: MetricFacts = {
  name: "volume-similarity",
  version: "volume-similarity-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "1 - |FN - FP| / (2·TP + FP + FN): likeness of the volumes, wherever they lie.",
  empty: "Both masks empty: 1. One empty: 0.",
  source: "Taha and Hanbury, BMC Medical Imaging 15 (2015) 29.",
};

/** Volume similarity, 0–1; both masks empty: 1. */
export function volumeSimilarity({ tp, fp, fn }: OverlapCounts): number {
  return 1 - share(Math.abs(fn - fp), 2 * tp + fp + fn, 0);
}
