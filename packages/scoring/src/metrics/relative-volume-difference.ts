import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const relativeVolumeDifferenceFacts: MetricFacts = {
  name: "relative-volume-difference",
  version: "relative-volume-difference-v1",
  direction: "lower-is-better",
  unit: "1",
  definition: "(predicted - reference volume) / reference volume, signed: 0 is best, below 0 is too small.",
  empty: "Reference empty: NaN.",
  source: "Heimann et al., IEEE Transactions on Medical Imaging 28 (2009) 1251–1265.",
};

/** Signed relative volume difference, at least -1; 0 is best; reference empty: NaN. */
export function relativeVolumeDifference({ tp, fp, fn }: OverlapCounts): number {
  return share(fp - fn, tp + fn, Number.NaN);
}
