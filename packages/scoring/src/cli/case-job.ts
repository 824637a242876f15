import { type Fault, ScoringError } from "../errors.ts";
import type { Workspace } from "../kernels/workspace.ts";
import { type MeasureOptions, measurePair, measureRow } from "./measure.ts";

/** One case of a folder; plain data, so that it can be sent to a worker. */
export interface CaseJob {
  readonly name: string;
  readonly reference: string;
  readonly prediction: string;
  readonly options: MeasureOptions;
}

/** A row per label, or why there is none. */
export interface CaseResult {
  readonly rows: readonly (readonly number[])[];
  readonly faults: readonly Fault[];
}

export async function doCase(workspace: Workspace, job: CaseJob): Promise<CaseResult> {
  try {
    const { scores } = await measurePair(workspace, job, job.options, () => 0);
    return { rows: scores.map(measureRow), faults: [] };
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    return { rows: [], faults: error.faults };
  }
}
