import { join } from "node:path";

import { type FieldError, MedforgeError } from "@medforge/core/errors";
import { type Fault, type FaultCode, type Precheck, type ScoreReport, ScoringError } from "@medforge/scoring";

import type { Deps } from "../deps.ts";
import { ScorerFault } from "../scorer/fault.ts";
import { type Bundle, HOLDOUT_FOLDER, IDS_FILE, PUBLIC_FOLDER } from "./bundle.ts";
import { faultText, scoringFault } from "./faults.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import { writePerfect } from "./perfect-submission.ts";
import { layOutPublicIds } from "./public-ids.ts";
import { hashFile } from "./tree.ts";

/** What only the scorer can find out about a bundle: it judges and measures the sample and a perfect submission. */

type Needs = Pick<Deps, "config" | "scorer">;

export interface MeasuredBundle {
  /** The file that was made in place of `public/ids.csv`, if one was. */
  readonly madeIds: string | undefined;
  /** How many the holdout has. */
  readonly cases: number;
  readonly perfect: ScoreReport;
  readonly sample: ScoreReport;
}

/** @param faults gets what is wrong; it may hold some already. @returns undefined when in the end there are some */
export async function measureBundle(
  deps: Needs,
  bundle: Bundle,
  scratch: string,
  faults: FieldError[],
): Promise<MeasuredBundle | undefined> {
  const { manifest, text } = bundle.rules;
  const publicDir = join(scratch, PUBLIC_FOLDER);
  const sample = join(bundle.folder, bundle.sample.path);
  const perfect = join(scratch, "perfect");
  const work = collector(deps, faults);
  const ids = await work(bundle.sample.path, async () => ({
    made: await layOutPublicIds(bundle, publicDir),
  }));
  const cases = await work(HOLDOUT_FOLDER, () =>
    writePerfect(manifest, join(bundle.folder, HOLDOUT_FOLDER), perfect),
  );
  const judge = (file: string) => deps.scorer.precheck({ manifest: text, publicDir, file });
  if (ids !== undefined) {
    const judged = await work(`${PUBLIC_FOLDER}/${IDS_FILE}`, () => judge(sample));
    faults.push(...(judged?.faults ?? []).map((fault) => inFile(bundle.sample.path, fault)));
    // The holdout against the public ids; what makes those unreadable was told already.
    if (judged !== undefined && cases !== undefined)
      faults.push(...holdoutFaults(await work(HOLDOUT_FOLDER, () => judge(perfect))));
  }
  if (faults.length > 0 || cases === undefined) return undefined;

  const holdoutDir = join(bundle.folder, HOLDOUT_FOLDER);
  const score = async (file: string) =>
    deps.scorer.score({
      manifest: text,
      holdoutDir,
      holdoutSha256: bundle.holdoutSha256,
      file,
      fileSha256: (await hashFile(file)).sha256,
    });
  const best = await work(HOLDOUT_FOLDER, () => score(perfect));
  // With a holdout that cannot be measured against, the sample would only say the same.
  const other = best && (await work(bundle.sample.path, () => score(sample)));
  return best && other && { madeIds: ids?.made, cases, perfect: best, sample: other };
}

/** No bundle can do anything about them. */
const OURS: ReadonlySet<string> = new Set<FaultCode>(["worker_failed", "cancelled"]);

/**
 * Runs one piece of work; what the scorer throws of a bundle goes to the list. @returns undefined then
 * @throws MedforgeError `runtime_unavailable`, when it was no answer at all that the scorer gave
 */
function collector(deps: Needs, faults: FieldError[]) {
  return async <T>(entry: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ScoringError || error instanceof ScorerFault)) throw error;
      if (error.code === "crashed" || OURS.has(error.code)) throw noAnswer(entry, error);
      if (error instanceof ScorerFault)
        faults.push({ path: "", entry, message: tooMuch(deps, error), code: error.code });
      else faults.push(...error.faults.map((fault) => inFile(entry, fault)));
      return undefined;
    }
  };
}

/** What it was is in the log: it may name paths, and what it says of a holdout nobody knows. */
function noAnswer(entry: string, cause: Error): MedforgeError {
  return new MedforgeError(
    "runtime_unavailable",
    `The scorer ended without an answer at ${entry}. Nothing was changed: try again; if it happens twice, the server's log says why.`,
    { cause, retryAfterS: 30 },
  );
}

function tooMuch({ config }: Needs, { code }: ScorerFault): string {
  switch (code) {
    case "time_limit":
      return `takes longer than the ${config.scoring.deadlineMs / 1000} s of MEDFORGE_SCORE_DEADLINE_S to score`;
    case "memory_limit":
      return `takes more memory to score than MEDFORGE_SCORE_MEMORY_MIB allows`;
    default:
      return "was changed while it was read; try again when nobody writes to the bundle";
  }
}

/** The scorer calls files by their own names: `ids.csv`, `holdout`, or an entry of an archive. */
function inFile(entry: string, fault: Fault): FieldError {
  const { file } = fault.where;
  if (file === IDS_FILE || file === "geometry.json") return scoringFault(fault, `${PUBLIC_FOLDER}/${file}`);
  if (file === undefined || file === HOLDOUT_FOLDER || file === entry) return scoringFault(fault, entry);
  return scoringFault(fault, `${entry}/${file}`);
}

const OVER_LIMITS: ReadonlySet<FaultCode> = new Set([
  "too_large",
  "csv_too_many_rows",
  "zip_too_large",
  "zip_too_many_entries",
]);

/** Of the perfect submission. Ids of the holdout that are not public are not named, and neither is how many they are. */
function holdoutFaults(judged: Precheck | undefined): FieldError[] {
  const faults = judged?.faults ?? [];
  const over = faults.find(({ code }) => OVER_LIMITS.has(code));
  if (over !== undefined) {
    const message = "are too narrow for a submission that gives every answer right";
    return [{ path: "limits", entry: MANIFEST_FILE, message, code: over.code }];
  }
  const told = new Map(faults.map(holdoutFault).map((fault) => [faultText(fault), fault]));
  return [...told.values()];
}

function holdoutFault(fault: Fault): FieldError {
  const { code } = fault;
  const here = { path: "", entry: HOLDOUT_FOLDER, code };
  if (code === "id_unknown")
    return { ...here, message: "Some of its ids are not among the public ids: nobody could submit them." };
  // The missing one is public, and named.
  if (code === "id_missing") return { ...here, message: `${fault.message} It is public.` };
  return inFile(HOLDOUT_FOLDER, fault);
}
