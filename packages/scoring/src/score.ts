import type { Manifest } from "./competition.ts";
import { ScoringError } from "./errors.ts";
import { FaultList } from "./faults.ts";
import { makeReport } from "./score/report.ts";
import { scoreImages } from "./score/score-images.ts";
import { scoreTable } from "./score/score-table.ts";
import type { Holdout, Input, ScoreOptions, ScoreReport } from "./score/types.ts";

export { precheck } from "./score/precheck.ts";
export type {
  Component,
  Holdout,
  Input,
  Precheck,
  PrecheckOptions,
  PublicIds,
  ScoreOptions,
  ScoreReport,
} from "./score/types.ts";

/**
 * The score of a submission, the same to the last bit wherever it is computed. Throws a ScoringError whose `faults` are
 * all that is wrong with the submission, or one of what is nobody's fault who submits: `holdout_invalid`,
 * `score_not_finite`, `worker_failed`, `cancelled`.
 */
export async function score(
  manifest: Manifest,
  holdout: Holdout,
  file: Input,
  options: ScoreOptions = {},
): Promise<ScoreReport> {
  const isImages = manifest.task === "segmentation-nifti";
  if (isImages !== "ids" in holdout) {
    throw new ScoringError("holdout_invalid", "The task needs the other kind of holdout: a table, or masks.");
  }
  if ("ids" in holdout) {
    const { measured, warnings } = await scoreImages(manifest, holdout, file, options);
    return makeReport(manifest, holdout.ids, measured, warnings);
  }
  const { caseIds, measured } = await scoreTable(manifest, holdout.table, file);
  return makeReport(manifest, caseIds, measured, new FaultList());
}
