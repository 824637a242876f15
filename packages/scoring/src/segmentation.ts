/**
 * One metric of two label images at a time, named as in manifests. For several metrics of one pair `Workspace` measures
 * all of them at once, for many pairs `ScoringPool`.
 */
import { ScoringError } from "./errors.ts";
import type { Mask } from "./images/mask.ts";
import { inOrderOf } from "./images/orientation.ts";
import { chooseEngine } from "./kernels/choose-engine.ts";
import { Comparison } from "./kernels/comparison.ts";
import type { Engine } from "./kernels/engine.ts";
import type { SurfaceDefinition } from "./kernels/surface.ts";
import { assd as assdOf } from "./metrics/assd.ts";
import { type Combine, hausdorff, hausdorffPercentile } from "./metrics/hausdorff.ts";
import { masd as masdOf } from "./metrics/masd.ts";
import { type OverlapCounts, overlapCounts } from "./metrics/overlap-counts.ts";
import { overlapMetrics } from "./metrics/overlap-metrics.ts";
import { checkTolerance, type SurfaceComparison } from "./metrics/surface-comparison.ts";
import { surfaceDice } from "./metrics/surface-dice.ts";

/**
 * What `readMask` gives, or labels of your own, x fastest, with shape and spacing in mm. Where both images have an
 * affine, the prediction is brought into the reference's orientation first; else both must be stored the same way.
 */
export type LabelImage = Pick<Mask, "labels" | "shape" | "spacing"> & Partial<Pick<Mask, "affine">>;

/** Label 0, the default, is all labels but background as one. Errors: `shape_mismatch`, `spacing_mismatch`, `orientation_mismatch`. */
type OverlapFunction = (reference: LabelImage, prediction: LabelImage, label?: number) => number;

export interface SurfaceOptions {
  /** 0, the default, is all labels but background as one. */
  readonly label?: number;
  /** Border voxels or surfels; the convention of the metric if left out. */
  readonly surface?: SurfaceDefinition;
}

/** `max` of the two directions, or the percentile of both `pooled`. */
type PercentileOptions = SurfaceOptions & { readonly combine?: Combine };

/** 2·TP / (2·TP + FP + FN), 0–1. Both empty: 1; one: 0. */
export const dice = overlap(overlapMetrics.dice);
/** Intersection over union, 0–1. Both empty: 1; one: 0. */
export const iou = overlap(overlapMetrics.iou);
/** The share of what was predicted that is right, 0–1. Nothing predicted: NaN. */
export const precision = overlap(overlapMetrics.precision);
/** The share of the reference that was found, 0–1. Reference empty: NaN. */
export const recall = overlap(overlapMetrics.recall);
/** The share of the reference's background that was left alone, 0–1. No background: NaN. */
export const specificity = overlap(overlapMetrics.specificity);
/** 1 − |FN − FP| / (2·TP + FP + FN), 0–1. Both empty: 1. */
export const volumeSimilarity = overlap(overlapMetrics["volume-similarity"]);
/** (Predicted − reference) / reference, signed, 0 is best. Reference empty: NaN. */
export const relativeVolumeDifference = overlap(overlapMetrics["relative-volume-difference"]);
/** The same without sign. */
export const absoluteVolumeDifference = overlap(overlapMetrics["absolute-volume-difference"]);

/** Hausdorff distance in mm, of voxel surfaces by default. Both empty: 0; one: Infinity. */
export async function hd(
  reference: LabelImage,
  prediction: LabelImage,
  options: SurfaceOptions = {},
): Promise<number> {
  return hausdorff(await surfaces(reference, prediction, "voxel", options));
}

/** The 95th percentile of the Hausdorff distance in mm, of voxel surfaces by default. Both empty: 0; one: Infinity. */
export async function hd95(
  reference: LabelImage,
  prediction: LabelImage,
  options: PercentileOptions = {},
): Promise<number> {
  return hdp(reference, prediction, 95, options);
}

/** Any percentile, 0–100. Also throws `bad_percentile`. */
export async function hdp(
  reference: LabelImage,
  prediction: LabelImage,
  percentile: number,
  options: PercentileOptions = {},
): Promise<number> {
  const found = await surfaces(reference, prediction, "voxel", options);
  return hausdorffPercentile(found, percentile, options.combine);
}

/** Average symmetric surface distance, pooled, in mm, of voxel surfaces by default. Both empty: 0; one: Infinity. */
export async function assd(
  reference: LabelImage,
  prediction: LabelImage,
  options: SurfaceOptions = {},
): Promise<number> {
  return assdOf(await surfaces(reference, prediction, "voxel", options));
}

/** The mean of both directions' average surface distances, else as `assd`. */
export async function masd(
  reference: LabelImage,
  prediction: LabelImage,
  options: SurfaceOptions = {},
): Promise<number> {
  return masdOf(await surfaces(reference, prediction, "voxel", options));
}

/**
 * Normalized surface Dice at a tolerance in mm, 0–1, of surfels by default. Both empty: 1; one: 0. Also throws
 * `bad_tolerance`.
 */
export async function nsd(
  reference: LabelImage,
  prediction: LabelImage,
  toleranceMm: number,
  options: SurfaceOptions = {},
): Promise<number> {
  checkTolerance(toleranceMm);
  return surfaceDice(await surfaces(reference, prediction, "surfel", options, toleranceMm), toleranceMm);
}

function overlap(metric: (counts: OverlapCounts) => number): OverlapFunction {
  return (reference, prediction, label = 0) =>
    metric(overlapCounts(reference.labels, aligned(reference, prediction), label));
}

let shared: Promise<Engine> | undefined;

/** Measured in memory that is kept for the next call; only as large as the largest pair so far needed. */
async function surfaces(
  reference: LabelImage,
  prediction: LabelImage,
  usual: SurfaceDefinition,
  { label = 0, surface = usual }: SurfaceOptions,
  withinMm?: number,
): Promise<SurfaceComparison> {
  shared ??= chooseEngine();
  const engine = await shared;
  const { shape, spacing, labels } = reference;
  const pair = new Comparison(engine, {
    shape,
    reference: labels,
    prediction: aligned(reference, prediction),
  });
  try {
    return pair.surfaces(label, surface, spacing, withinMm);
  } finally {
    pair.release();
  }
}

/** The prediction's labels in the reference's order of voxels. */
function aligned(reference: LabelImage, prediction: LabelImage): Mask["labels"] {
  const [own, other] = [reference.affine, prediction.affine];
  if (own !== undefined && other !== undefined)
    return inOrderOf({ ...reference, affine: own }, { ...prediction, affine: other }).labels;
  if (reference.shape.join() !== prediction.shape.join()) throw new ScoringError("shape_mismatch");
  const isNear = (mm: number, axis: number) =>
    Math.abs(mm - (prediction.spacing[axis] ?? Number.NaN)) <= 0.01;
  if (!reference.spacing.every(isNear)) throw new ScoringError("spacing_mismatch");
  return prediction.labels;
}
