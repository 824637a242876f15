import { ScoringError } from "../errors.ts";
import type { Distances } from "../kernels/distances.ts";
import type { SurfaceDefinition } from "../kernels/surface.ts";

/** Which masks have anything of the label. */
export type MaskStatus = "ok" | "predEmpty" | "refEmpty" | "bothEmpty";

/** The surfaces of one label in two masks, measured against each other. */
export interface SurfaceComparison {
  /** `voxel`: border voxels, each counting 1. `surfel`: grid corners, each with the area of its piece of surface. */
  readonly definition: SurfaceDefinition;
  readonly status: MaskStatus;
  /** From the reference to the prediction, and back; only where neither mask is empty. */
  readonly distances?: { readonly reference: Distances; readonly prediction: Distances };
}

/** What distances are where a mask is empty: both empty is perfect, one empty is infinitely far. */
export function emptyDistance(status: MaskStatus): number {
  return status === "bothEmpty" ? 0 : Number.POSITIVE_INFINITY;
}

export function statusOf(referenceCount: number, predictionCount: number): MaskStatus {
  if (referenceCount === 0) return predictionCount === 0 ? "bothEmpty" : "refEmpty";
  return predictionCount === 0 ? "predEmpty" : "ok";
}

/** @throws ScoringError `bad_percentile`. */
export function checkPercentile(percentile: number): void {
  if (percentile >= 0 && percentile <= 100) return;
  throw new ScoringError("bad_percentile", `${percentile} is not a percentile.`, { argument: "percentile" });
}

/** @throws ScoringError `bad_tolerance`. */
export function checkTolerance(tolerance: number): void {
  if (tolerance >= 0 && tolerance < Number.POSITIVE_INFINITY) return;
  throw new ScoringError("bad_tolerance", `${tolerance} is not a tolerance in mm.`, {
    argument: "tolerance",
  });
}
