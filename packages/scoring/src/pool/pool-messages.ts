import type { Manifest } from "../competition.ts";
import type { Fault } from "../errors.ts";
import type { EngineChoice } from "../kernels/choose-engine.ts";
import type { MaskFiles } from "../kernels/mask-files.ts";
import type { LabelScore, ScoreOptions } from "../kernels/workspace.ts";
import type { CaseFiles, CaseValues } from "../score/measure-case.ts";

/** Everything but the spacing, which is the reference's. */
export type PoolOptions = Omit<ScoreOptions, "spacing">;

/** What a worker does, by name: the work it is given and the value it answers. */
export interface PoolTasks {
  /** Every label of a pair of masks. */
  labels: {
    work: { readonly files: MaskFiles; readonly options: PoolOptions };
    value: readonly LabelScore[];
  };
  /** One case of a competition, by its manifest. */
  case: { work: { readonly files: CaseFiles; readonly manifest: Manifest }; value: CaseValues };
}

export type PoolTask = keyof PoolTasks;

export type PoolRequest = {
  [Task in PoolTask]: {
    readonly task: Task;
    readonly engine: EngineChoice;
    readonly work: PoolTasks[Task]["work"];
  };
}[PoolTask];

export type PoolAnswer<Task extends PoolTask = PoolTask> =
  | { readonly value: PoolTasks[Task]["value"] }
  | { readonly faults: readonly Fault[] };
