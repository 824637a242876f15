import type { Manifest } from "../competition.ts";
import { type Fault, placed, ScoringError, within } from "../errors.ts";
import type { Engine } from "../kernels/engine.ts";
import { type PackedMask, packMask, packMaskInOrder } from "../kernels/mask-files.ts";
import { emptyVolume } from "../kernels/region.ts";
import { checkShape } from "../kernels/volumes.ts";
import { submittedLimits } from "./archive.ts";
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

/** Packs both masks, the prediction in the reference's order of voxels, and measures. */
export async function measureCase(
  manifest: Manifest,
  engine: Engine,
  { reference: referenceFile, prediction: predictionFile, name }: CaseFiles,
): Promise<CaseValues> {
  const mark = engine.arena.mark();
  try {
    const reference = await readReference(engine, referenceFile);
    if (predictionFile === undefined) {
      const nothing = emptyVolume(engine, checkShape(reference.shape));
      return { values: measureMasks(manifest, engine, reference, nothing), warnings: [] };
    }
    try {
      const limits = submittedLimits(manifest);
      const { volume, warnings } = await packMaskInOrder(engine, reference, predictionFile, limits);
      const values = measureMasks(manifest, engine, reference, volume);
      return { values, warnings: placed(warnings, { file: name }) };
    } catch (error) {
      throw within(error, { file: name });
    }
  } finally {
    engine.arena.release(mark);
  }
}

async function readReference(engine: Engine, file: Uint8Array): Promise<PackedMask> {
  try {
    return await packMask(engine, file, {});
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ScoringError("holdout_invalid", "A reference mask cannot be read.", { file: "holdout" });
  }
}
