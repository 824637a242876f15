import { assert } from "@medforge/core/assert";
import type { FieldError } from "@medforge/core/errors";
import { compareStandings, sortKey } from "@medforge/core/leaderboard";
import type { Component, Manifest } from "@medforge/scoring";

import type { Deps } from "../deps.ts";
import { type Bundle, DATASET_FOLDER, readBundle } from "./bundle.ts";
import { refuseFaulty } from "./faults.ts";
import { primaryOf } from "./identity.ts";
import { leakFaults } from "./leaks.ts";
import { MANIFEST_FILE } from "./manifest.ts";
import { type MeasuredBundle, measureBundle } from "./measure-bundle.ts";
import { type OpenBundle, withBundle } from "./open-bundle.ts";

/** A dry run: everything that an import would refuse is found, and nothing is written but what is gone at its end. */

type Needs = Pick<Deps, "config" | "clock" | "randomBytes" | "scorer"> & {
  readonly db: { readonly datasets: Pick<Deps["db"]["datasets"], "bySlug"> };
};
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
  if (!("rules" in read)) refuseFaulty(read);
  assert("rules" in read, "a bundle that was not read has faults");
  const faults = [...(await leakFaults(read, deps.config.folders)), ...(await catalogueFaults(deps, read))];
  const measured = await measureBundle(deps, read, open.scratch, faults);
  if (measured !== undefined) faults.push(...boardFaults(read, measured));
  refuseFaulty(faults);
  assert(measured !== undefined, "a bundle that was not measured has faults");
  const { madeIds, cases } = measured;
  const { holdoutSha256, notices } = read;
  const { manifest } = read.rules;
  const checked = { manifest, cases, board: boardOf(manifest, measured), holdoutSha256, notices };
  return { bundle: read, madeIds, checked };
}

/** A dataset that the bundle names and does not bring has to be there already, for those who take part. */
async function catalogueFaults({ db }: Needs, { rules, dataset }: Bundle): Promise<FieldError[]> {
  const { datasetSlug, exposure } = rules.manifest;
  if (datasetSlug === null || dataset !== undefined) return [];
  const known = await db.datasets.bySlug(datasetSlug);
  const wrong = (message: string) => [{ path: "dataset_slug", entry: MANIFEST_FILE, message }];
  if (known === undefined || known.retiredAt !== null)
    return wrong(`names no dataset of the catalogue, and there is no ${DATASET_FOLDER}/ in the bundle`);
  if (known.exposure !== "BOTH" && known.exposure !== exposure.toUpperCase())
    return wrong(`names a dataset that is kept from whoever takes part: the competition is ${exposure}`);
  return [];
}

/** A board on which the truth is not the best answer, or on which the example is, is not what anybody wants. */
function boardFaults({ rules, sample: { path } }: Bundle, { perfect, sample }: MeasuredBundle): FieldError[] {
  const { direction, key } = primaryOf(rules.manifest);
  const behind = sortKey(sample.primary.value, direction) - sortKey(perfect.primary.value, direction);
  if (behind < 0) {
    const message = `The sample submission scores better than the holdout itself by ${key}: its direction or its parameters are wrong.`;
    return [{ path: "metrics", entry: MANIFEST_FILE, message, code: "perfect_not_best" }];
  }
  if (behind > 0 || rules.manifest.labelsPubliclyKnown) return [];
  const message = `scores as well as the holdout itself by ${key}, and everybody may read it`;
  return [{ path: "", entry: path, message, code: "holdout_public" }];
}

function boardOf(manifest: Manifest, { perfect, sample }: MeasuredBundle): BoardEntry[] {
  const { direction } = primaryOf(manifest);
  const reports = [
    ["perfect", perfect],
    ["sample_submission", sample],
  ] as const;
  const lines = reports.map(([entry, { primary, components }], at) => ({
    standing: { sortKey: sortKey(primary.value, direction), submittedAt: at, submissionId: entry },
    entry,
    score: primary.value,
    components: components.map(({ perCase: _, ...component }) => component),
  }));
  lines.sort((a, b) => compareStandings(a.standing, b.standing));
  return lines.map(({ standing: _, ...line }, at) => ({ rank: at + 1, ...line }));
}
