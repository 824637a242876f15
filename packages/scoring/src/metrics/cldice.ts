import { ScoringError } from "../errors.ts";
import type { LabelArray } from "../kernels/volumes.ts";
import type { MetricFacts } from "../metric.ts";
import { share } from "./overlap-counts.ts";

export const clDiceFacts: MetricFacts = {
  name: "cldice",
  version: "cldice-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Harmonic mean of topology precision (predicted skeleton inside the reference mask) and topology sensitivity (reference skeleton inside the predicted mask); the skeletons are given, for thinning algorithms differ.",
  empty: "Both skeletons empty: 1. One empty: 0.",
  source: "Shit et al., clDice, CVPR 2021, 16560–16569.",
};

export interface ClDice {
  readonly refSkeleton: number;
  readonly predSkeleton: number;
  readonly refSkelInPred: number;
  readonly predSkelInRef: number;
  /** NaN where the predicted skeleton is empty. */
  readonly topologyPrecision: number;
  /** NaN where the reference skeleton is empty. */
  readonly topologySensitivity: number;
  readonly clDice: number;
}

/**
 * Of two masks and their skeletons: arrays of the same length and order, anything but 0 is foreground.
 * @throws ScoringError `length_mismatch`.
 */
export function clDice(masks: {
  readonly reference: LabelArray;
  readonly prediction: LabelArray;
  readonly referenceSkeleton: LabelArray;
  readonly predictionSkeleton: LabelArray;
}): ClDice {
  const { reference, prediction, referenceSkeleton, predictionSkeleton } = masks;
  for (const [argument, array] of Object.entries(masks)) {
    if (array.length === reference.length) continue;
    throw new ScoringError(
      "length_mismatch",
      `The reference has ${reference.length} voxels, this array ${array.length}.`,
      { argument },
    );
  }
  let [refSkeleton, predSkeleton, refSkelInPred, predSkelInRef] = [0, 0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    if (referenceSkeleton[i] !== 0) {
      refSkeleton++;
      if (prediction[i] !== 0) refSkelInPred++;
    }
    if (predictionSkeleton[i] !== 0) {
      predSkeleton++;
      if (reference[i] !== 0) predSkelInRef++;
    }
  }
  const topologyPrecision = share(predSkelInRef, predSkeleton, Number.NaN);
  const topologySensitivity = share(refSkelInPred, refSkeleton, Number.NaN);
  return {
    refSkeleton,
    predSkeleton,
    refSkelInPred,
    predSkelInRef,
    topologyPrecision,
    topologySensitivity,
    clDice: harmonicMean(topologyPrecision, topologySensitivity, refSkeleton + predSkeleton === 0),
  };
}

function harmonicMean(precision: number, sensitivity: number, nothing: boolean): number {
  if (nothing) return 1;
  const product = precision * sensitivity;
  return product > 0 ? (2 * product) / (precision + sensitivity) : 0;
}
