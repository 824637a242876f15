import { ScoringError } from "../errors.ts";
import type { LabelArray } from "../kernels/volumes.ts";

/** Voxels of one label against the rest: in both masks, in the prediction only, in the reference only, in neither. */
export interface OverlapCounts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/**
 * Counts one label of two label arrays of equal length and order (x fastest). Label 0 counts every label but
 * background as one. For many labels, or surfaces too, `Workspace` counts all of them in one pass.
 * @throws ScoringError `length_mismatch`.
 */
export function overlapCounts(reference: LabelArray, prediction: LabelArray, label = 0): OverlapCounts {
  if (reference.length !== prediction.length) {
    throw new ScoringError(
      "length_mismatch",
      `The reference has ${reference.length} voxels, the prediction ${prediction.length}.`,
      { argument: "prediction" },
    );
  }
  let [tp, fp, fn] = [0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    const inReference = label === 0 ? reference[i] !== 0 : reference[i] === label;
    const inPrediction = label === 0 ? prediction[i] !== 0 : prediction[i] === label;
    if (inReference && inPrediction) tp++;
    else if (inPrediction) fp++;
    else if (inReference) fn++;
  }
  return { tp, fp, fn, tn: reference.length - tp - fp - fn };
}

/** `part / whole`, or what `0/0` shall mean. */
export function share(part: number, whole: number, ofNothing: number): number {
  return whole === 0 ? ofNothing : part / whole;
}
