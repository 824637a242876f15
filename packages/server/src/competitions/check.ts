import { join } from "node:path";

import type { FieldError } from "@medforge/core/errors";
import { compareStandings, sortKey } from "@medforge/core/leaderboard";
import {
  type Component,
  type Fault,
  type FaultCode,
  type Manifest,
  type Precheck,
  type ScoreReport,
  ScoringError,
} from "@medforge/scoring";

import type { Deps } from "../deps.ts";
import { ScorerFault } from "../scorer/fault.ts";
import { type Bundle, HOLDOUT_FOLDER, IDS_FILE, PUBLIC_FOLDER, readBundle } from "./bundle.ts";
import { refuseFaulty, scoringFault } from "./faults.ts";
import { primaryOf } from "./identity.ts";
import { leakFaults } from "./leaks.ts";
import { type OpenBundle, withBundle } from "./open-bundle.ts";
import { writePerfect } from "./perfect-submission.ts";
import { layOutPublicIds } from "./public-ids.ts";
import { hashFile } from "./tree.ts";

/** A dry run: everything that an import would refuse is found, and nothing is written but what is gone at its end. */

type Needs = Pick<Deps, "config" | "clock" | "randomBytes" | "scorer">;
export type EntryKind = "perfect" | "sample_submission";

export interface BoardEntry {
  readonly rank: number;
  readonly entry: EntryKind;
  readonly score: number;
  /** Without their values per case. */
  readonly components: readonly Omit<Component, "perCase">[];
}

export interface CheckedBundle {
  readonly manifest: Manifest;
  /** How many cases are scored. */
  readonly cases: number;
  /** As a perfect submission and the sample would make it. */
  readonly board: readonly BoardEntry[];
  readonly holdoutSha256: string;
  readonly notices: readonly string[];
}

/** A bundle without faults, and what an import needs beside it. */
export interface SoundBundle {
  readonly bundle: Bundle;
  /** Made where `public/ids.csv` is not there. */
  readonly madeIds: string | undefined;
  readonly checked: CheckedBundle;
}

/** @param place a folder or a zip on this machine. @throws MedforgeError `invalid_request` with all the faults */
export function checkBundle(deps: Needs, place: string): Promise<CheckedBundle> {
  return withBundle(deps, place, async (open) => (await soundBundle(deps, open)).checked);
}

/** @throws MedforgeError `invalid_request` with all the faults */
export async function soundBundle(deps: Needs, open: OpenBundle): Promise<SoundBundle> {
  refuseFaulty(open.faults);
  const read = await readBundle(open.folder);
  if (!("rules" in read)) {
    refuseFaulty(read);
    throw new Error("a bundle that was not read has faults");
  }
  const faults = await leakFaults(read, deps.config.folders);
  const measured = await measure(deps, read, open.scratch, faults);
  refuseFaulty(faults);
  if (measured === undefined) throw new Error("a bundle that was not measured has faults");
  const { notices, holdoutSha256, rules } = read;
  const { madeIds, cases, board } = measured;
  return {
    bundle: read,
    madeIds,
    checked: { manifest: rules.manifest, cases, board, holdoutSha256, notices },
  };
}

interface Measured {
  readonly madeIds: string | undefined;
  readonly cases: number;
  readonly board: readonly BoardEntry[];
}

/** What only the scorer can find. Faults go to the list; nothing is answered then. */
async function measure(
  deps: Needs,
  bundle: Bundle,
  scratch: string,
  faults: FieldError[],
): Promise<Measured | undefined> {
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
  if (best === undefined) return undefined;
  const other = await work(bundle.sample.path, () => score(sample));
  if (other === undefined) return undefined;
  faults.push(...boardFaults(manifest, bundle.sample.path, best, other));
  return { madeIds: ids?.made, cases, board: boardOf(manifest, best, other) };
}

/** No bundle can do anything about them. */
const OURS: ReadonlySet<FaultCode> = new Set(["worker_failed", "cancelled"]);

/** Runs one piece of work; what the scorer throws of a bundle goes to the list. @returns undefined then */
function collector(deps: Needs, faults: FieldError[]) {
  return async <T>(entry: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ScoringError && !OURS.has(error.code))
        faults.push(...error.faults.map((fault) => inFile(entry, fault)));
      else if (error instanceof ScorerFault && error.code !== "crashed")
        faults.push({ path: "", entry, message: tooMuch(deps, error), code: error.code });
      else throw error;
      return undefined;
    }
  };
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

/** Ids of the holdout that are not public are not named, and neither is how many they are. */
function holdoutFaults(judged: Precheck | undefined): FieldError[] {
  const faults = judged?.faults ?? [];
  const unknown = faults.some(({ code }) => code === "id_unknown");
  const others = faults.filter(({ code }) => code !== "id_unknown");
  return [
    ...(unknown
      ? [
          {
            path: "",
            entry: HOLDOUT_FOLDER,
            message: "Some of its ids are not among the public ids: nobody could submit them.",
            code: "id_unknown",
          },
        ]
      : []),
    ...others.map((fault) => {
      // The missing id itself is public, and named.
      if (fault.code !== "id_missing") return inFile(HOLDOUT_FOLDER, fault);
      return { path: "", entry: HOLDOUT_FOLDER, message: `${fault.message} It is public.`, code: fault.code };
    }),
  ];
}

/** A board on which the truth is not the best answer, or on which the example is, is not what anybody wants. */
function boardFaults(
  manifest: Manifest,
  sample: string,
  best: ScoreReport,
  other: ScoreReport,
): FieldError[] {
  const { direction, key } = primaryOf(manifest);
  const ahead = sortKey(other.primary.value, direction) - sortKey(best.primary.value, direction);
  if (ahead < 0) {
    const message = `The sample submission scores better than the holdout itself by ${key}: either its direction or its parameters are wrong.`;
    return [{ path: "metrics", entry: "competition.json", message, code: "perfect_not_best" }];
  }
  if (ahead > 0 || manifest.labelsPubliclyKnown) return [];
  const message = `scores as well as the holdout itself by ${key}, and everybody may read it`;
  return [{ path: "", entry: sample, message, code: "holdout_public" }];
}

function boardOf(manifest: Manifest, best: ScoreReport, other: ScoreReport): BoardEntry[] {
  const { direction } = primaryOf(manifest);
  const lines = [
    { entry: "perfect" as const, report: best, submissionId: "1" },
    { entry: "sample_submission" as const, report: other, submissionId: "2" },
  ].map((line) => ({
    ...line,
    sortKey: sortKey(line.report.primary.value, direction),
    submittedAt: 0,
  }));
  return lines.sort(compareStandings).map(({ entry, report }, at) => ({
    rank: at + 1,
    entry,
    score: report.primary.value,
    components: report.components.map(({ perCase: _, ...component }) => component),
  }));
}
