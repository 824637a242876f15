import type { Fault } from "../errors.ts";
import type { EngineChoice, LabelScore, ScoreOptions } from "../kernels/workspace.ts";

/** What the two masks of a case are: two .nii or .nii.gz files, read and compared in the reference's orientation. */
export interface PoolFiles {
  readonly reference: Uint8Array;
  readonly prediction: Uint8Array;
}

/** Everything but the spacing, which is the reference's. */
export type PoolOptions = Omit<ScoreOptions, "spacing">;

export interface PoolRequest {
  readonly engine: EngineChoice;
  readonly files: PoolFiles;
  readonly options: PoolOptions;
}

export type PoolAnswer = { readonly scores: readonly LabelScore[] } | { readonly faults: readonly Fault[] };
