import { totalWeight, weightedSum } from "../kernels/distances.ts";
import type { MetricFacts } from "../metric.ts";
import { emptyDistance, type SurfaceComparison } from "./surface-comparison.ts";

export const assdFacts: MetricFacts = {
  name: "assd",
  version: "assd-v1",
  direction: "lower-is-better",
  unit: "mm",
  definition:
    "Average symmetric surface distance, pooled: all distances of both directions over all surface elements (by area for surfels); the mean of the two directed means is masd.",
  empty: "Both masks empty: 0. One empty: Infinity.",
  source: "Heimann et al., IEEE Transactions on Medical Imaging 28 (2009) 1251–1265; Metrics Reloaded.",
};

/** In mm. Both masks empty: 0; one: Infinity. */
export function assd({ status, distances }: SurfaceComparison): number {
  if (!distances) return emptyDistance(status);
  const { reference, prediction } = distances;
  return (
    (weightedSum(reference) + weightedSum(prediction)) / (totalWeight(reference) + totalWeight(prediction))
  );
}
