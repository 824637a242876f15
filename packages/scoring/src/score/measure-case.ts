import type { Manifest } from "../competition.ts";
import { type Fault, placed, ScoringError, within } from "../errors.ts";
import { type Mask, readMask } from "../images/mask.ts";
import { inOrderOf } from "../images/orientation.ts";
import type { Engine } from "../kernels/engine.ts";
import { readSubmittedMask } from "./archive.ts";
import { measureMasks } from "./measure-masks.ts";

/** One case of a NIfTI competition as it comes: two files, plain or gzipped. */
export interface CaseFiles {
  readonly reference: Uint8Array;
  /** Absent: nothing was predicted, which is as good as an empty mask. */
  readonly prediction?: Uint8Array;
  /** What the prediction is called in faults and warnings. */
  readonly name: string;
}

export interface CaseValues {
  /** One for each metric of the manifest; NaN where the case does not count. */
  readonly values: readonly number[];
  readonly warnings: readonly Fault[];
}

/** Reads both masks, brings the prediction into the reference's order of voxels, and measures. */
export async function measureCase(
  manifest: Manifest,
  engine: Engine,
  { reference: referenceFile, prediction: predictionFile, name }: CaseFiles,
): Promise<CaseValues> {
  const reference = await readReference(referenceFile);
  if (predictionFile === undefined) {
    const nothing = { ...reference, labels: new Uint8Array(reference.labels.length) };
    return { values: measureMasks(manifest, engine, reference, nothing), warnings: [] };
  }
  try {
    const given = await readSubmittedMask(manifest, predictionFile);
    const prediction = inOrderOf(reference, given, { distanceMm: manifest.geometryToleranceMm });
    const values = measureMasks(manifest, engine, reference, prediction);
    return { values, warnings: placed(given.warnings, { file: name }) };
  } catch (error) {
    throw within(error, { file: name });
  }
}

async function readReference(file: Uint8Array): Promise<Mask> {
  try {
    return await readMask(file);
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ScoringError("holdout_invalid", "A reference mask cannot be read.", { file: "holdout" });
  }
}
