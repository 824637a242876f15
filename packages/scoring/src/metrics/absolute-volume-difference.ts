import type { MetricFacts } from "../metric.ts";
import { type OverlapCounts, share } from "./overlap-counts.ts";

export const absoluteVolumeDifferenceFacts: MetricFacts = {
  name: "absolute-volume-difference",
  version: "absolute-volume-difference-v1",
  direction: "lower-is-better",
  unit: "1",
  definition: "|predicted - reference volume| / reference volume.",
  empty: "Reference empty: NaN.",
  source: "Heimann et al., IEEE Transactions on Medical Imaging 28 (2009) 1251–1265.",
};

/** Absolute relative volume difference, at least 0; reference empty: NaN. */
export function absoluteVolumeDifference({ tp, fp, fn }: OverlapCounts): number {
  return share(Math.abs(fp - fn), tp + fn, Number.NaN);
}
