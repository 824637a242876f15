import type { Manifest } from "../competition.ts";
import { type Fault, ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { chooseEngine } from "../kernels/choose-engine.ts";
import { IdIndex } from "../tables/ids.ts";
import { type Archive, openArchive } from "./archive.ts";
import { type CaseFiles, type CaseValues, measureCase } from "./measure-case.ts";
import { meanOfCases } from "./report.ts";
import type { Holdout, Input, Measured, ScoreOptions } from "./types.ts";

type ImageHoldout = Extract<Holdout, { ids: readonly string[] }>;

/** What became of one case. */
export type CaseOutcome = CaseValues | { readonly faults: readonly Fault[] };

/** One case that is still to be measured. Its files are asked for when it is its turn. */
export interface CaseJob {
  /** Its number in the holdout. */
  readonly at: number;
  load(): Promise<CaseFiles>;
}

/**
 * Scores an archive of masks case by case, one after the other or in the workers of a pool; only the cases under way
 * are in memory. Values, faults and warnings are put together in the order of the cases, whoever was done first.
 */
export async function scoreImages(
  manifest: Manifest,
  holdout: ImageHoldout,
  file: Input,
  options: ScoreOptions,
): Promise<{ measured: readonly Measured[]; warnings: FaultList }> {
  if (holdout.ids.length !== manifest.expectedRows) {
    throw new ScoringError(
      "holdout_invalid",
      "Its number of cases is not the one that the manifest expects.",
    );
  }
  const faults = new FaultList();
  const known = { index: new IdIndex(holdout.ids), mayBeNamed: false };
  const archive = await openArchive(manifest, known, file, faults);
  const jobs = caseJobs(manifest, holdout, archive);
  const outcomes = await (options.pool === undefined
    ? measureInTurn(manifest, jobs, options)
    : options.pool.measureCases(manifest, jobs, options));
  const warnings = new FaultList();
  const perCase = manifest.metrics.map(() => new Float64Array(holdout.ids.length));
  outcomes.forEach((outcome, job) => {
    if ("faults" in outcome) {
      faults.addAll(outcome.faults);
      throwWhatIsOurs(outcome.faults);
      return;
    }
    warnings.addAll(outcome.warnings);
    const { at } = jobs[job] as CaseJob;
    outcome.values.forEach((value, metric) => {
      (perCase[metric] as Float64Array)[at] = value;
    });
  });
  faults.throwIfAny();
  return { measured: perCase.map((values) => ({ value: meanOfCases(values), perCase: values })), warnings };
}

/** After a missing file there is no score, but the other files are still read, so that all faults are told at once. */
function caseJobs(manifest: Manifest, holdout: ImageHoldout, archive: Archive): CaseJob[] {
  return holdout.ids.flatMap((id, at) => {
    const file = archive.fileOf[at];
    if (file === undefined && manifest.missingCases === "refuse") return [];
    const load = async () => {
      const prediction = await file?.read();
      const reference = await holdout.read(id);
      return { reference, name: file?.entry ?? "", ...(prediction !== undefined && { prediction }) };
    };
    return [{ at, load }];
  });
}

async function measureInTurn(
  manifest: Manifest,
  jobs: readonly CaseJob[],
  { engine: choice, signal, onProgress }: ScoreOptions,
): Promise<CaseOutcome[]> {
  const engine = await chooseEngine(choice);
  const outcomes: CaseOutcome[] = [];
  for (const job of jobs) {
    if (signal?.aborted === true) throw new ScoringError("cancelled");
    try {
      outcomes.push(await measureCase(manifest, engine, await job.load()));
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      outcomes.push({ faults: error.faults });
    }
    onProgress?.(outcomes.length, jobs.length);
  }
  return outcomes;
}

/** A holdout that cannot be read, or a worker that died, must never count as a fault of the submission. */
function throwWhatIsOurs(faults: readonly Fault[]): void {
  const ours = faults.find(({ code }) => code === "holdout_invalid" || code === "worker_failed");
  if (ours !== undefined) throw new ScoringError(ours.code, ours.message, ours.where);
}
