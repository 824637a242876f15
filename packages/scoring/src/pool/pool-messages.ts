import type { Fault } from "../errors.ts";
import type { EngineChoice } from "../kernels/choose-engine.ts";
import type { MaskFiles } from "../kernels/mask-files.ts";
import type { LabelScore, ScoreOptions } from "../kernels/workspace.ts";

/** Everything but the spacing, which is the reference's. */
export type PoolOptions = Omit<ScoreOptions, "spacing">;

export interface PoolRequest {
  readonly engine: EngineChoice;
  readonly files: MaskFiles;
  readonly options: PoolOptions;
}

export type PoolAnswer = { readonly scores: readonly LabelScore[] } | { readonly faults: readonly Fault[] };
