import { type Distances, totalWeight, weightedSum } from "../kernels/distances.ts";
import type { MetricFacts } from "../metric.ts";
import { emptyDistance, type SurfaceComparison } from "./surface-comparison.ts";

export const masdFacts: MetricFacts = {
  name: "masd",
  version: "masd-v1",
  direction: "lower-is-better",
  unit: "mm",
  definition:
    "Mean of the two directed average surface distances (by area for surfels); what MedPy up to 0.4.0 and panoptica call ASSD.",
  empty: "Both masks empty: 0. One empty: Infinity.",
  source: "Maier-Hein et al., Metrics reloaded, Nature Methods 21 (2024) 195–212.",
};

/** In mm. Both masks empty: 0; one: Infinity. */
export function masd({ status, distances }: SurfaceComparison): number {
  if (!distances) return emptyDistance(status);
  return (averageDistance(distances.reference) + averageDistance(distances.prediction)) / 2;
}

/** The directed average surface distance, mm. */
export function averageDistance(distances: Distances): number {
  return weightedSum(distances) / totalWeight(distances);
}
