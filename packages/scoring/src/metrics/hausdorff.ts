import { largest, linearPercentile, poolDistances, weightedPercentile } from "../kernels/distances.ts";
import type { MetricFacts } from "../metric.ts";
import { checkPercentile, emptyDistance, type SurfaceComparison } from "./surface-comparison.ts";

const EMPTY =
  "Both masks empty: 0. One empty: Infinity; callers may put a penalty in its place (BraTS: 374 mm).";
const SOURCE =
  "Huttenlocher et al., IEEE TPAMI 15 (1993) 850–863; percentile rules as in Metrics Reloaded (voxel) and DeepMind's surface-distance (surfel).";

export const hausdorffFacts: MetricFacts = {
  name: "hd",
  version: "hd-v1",
  direction: "lower-is-better",
  unit: "mm",
  definition: "Hausdorff distance: the largest distance from either surface to the other.",
  empty: EMPTY,
  source: SOURCE,
};

export const hausdorffPercentileFacts: MetricFacts = {
  name: "hdp",
  version: "hdp-v1",
  direction: "lower-is-better",
  unit: "mm",
  definition:
    "The larger of the two directed percentiles of the surface distances; voxel surfaces: linear interpolation between order statistics; surfels: smallest distance that covers the share of the area.",
  empty: EMPTY,
  source: SOURCE,
};

export const hausdorff95Facts: MetricFacts = {
  ...hausdorffPercentileFacts,
  name: "hd95",
  version: "hd95-v1",
  definition:
    "The larger of the two directed 95th percentiles of the surface distances; not the percentile of the pooled distances.",
};

/**
 * How two directions become one number: `max` of the two percentiles (Metrics Reloaded, MONAI, surface-distance), or
 * the percentile of both sets `pooled` (MedPy, panoptica), which can hide a failure in one direction.
 */
export type Combine = "max" | "pooled";

/** In mm. Both masks empty: 0; one: Infinity. */
export function hausdorff({ status, distances }: SurfaceComparison): number {
  if (!distances) return emptyDistance(status);
  return Math.max(largest(distances.reference), largest(distances.prediction));
}

/**
 * In mm, for a percentile of 0 to 100. Both masks empty: 0; one: Infinity.
 * @throws ScoringError `bad_percentile`.
 */
export function hausdorffPercentile(
  { definition, status, distances }: SurfaceComparison,
  percentile: number,
  combine: Combine = "max",
): number {
  checkPercentile(percentile);
  if (!distances) return emptyDistance(status);
  const rule = definition === "voxel" ? linearPercentile : weightedPercentile;
  const { reference, prediction } = distances;
  if (combine === "pooled") return rule(poolDistances(reference, prediction), percentile);
  return Math.max(rule(reference, percentile), rule(prediction, percentile));
}

/** `hausdorffPercentile` at 95. */
export function hausdorff95(comparison: SurfaceComparison, combine: Combine = "max"): number {
  return hausdorffPercentile(comparison, 95, combine);
}
