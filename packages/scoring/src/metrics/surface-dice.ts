import { totalWeight, weightWithin } from "../kernels/distances.ts";
import type { MetricFacts } from "../metric.ts";
import { checkTolerance, type SurfaceComparison } from "./surface-comparison.ts";

export const surfaceDiceFacts: MetricFacts = {
  name: "nsd",
  version: "nsd-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Normalized surface Dice: the share of both surfaces, pooled, that lies within the tolerance (inclusive, float64) of the other; by area for surfels (the default), by number for voxels.",
  empty: "Both masks empty: 1. One empty: 0.",
  source:
    "Nikolov et al., Journal of Medical Internet Research 23 (2021) e26151; DeepMind's surface-distance.",
};

/**
 * 0–1, for a tolerance in mm. Both masks empty: 1; one: 0.
 * @throws ScoringError `bad_tolerance`.
 */
export function surfaceDice({ status, distances }: SurfaceComparison, tolerance: number): number {
  checkTolerance(tolerance);
  if (!distances) return status === "bothEmpty" ? 1 : 0;
  const { reference, prediction } = distances;
  const inside = weightWithin(reference, tolerance) + weightWithin(prediction, tolerance);
  return inside / (totalWeight(reference) + totalWeight(prediction));
}
