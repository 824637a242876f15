import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import type { Competition } from "@medforge/db/queries/competitions";

import { type Deps, newId } from "../deps.ts";
import { bringIn, clearLeftBehind } from "./bring-in.ts";
import { DATASET_FOLDER, HOLDOUT_FOLDER, IDS_FILE, listingOf, PUBLIC_FOLDER } from "./bundle.ts";
import { type CheckedBundle, type SoundBundle, soundBundle } from "./check.ts";
import { importDataset } from "./datasets.ts";
import { evaluationFolder, holdoutFolder } from "./folders.ts";
import { identityFor, type Rules } from "./identity.ts";
import { MANIFEST_FILE, publicManifest } from "./manifest.ts";
import { queueMissingRuns } from "./missing-runs.ts";
import { type OpenBundle, withBundle } from "./open-bundle.ts";
import { type CopiedFile, filesFrom, hashFile, isFolder, readTree, type TreeFile } from "./tree.ts";

type Needs = Pick<Deps, "config" | "db" | "clock" | "randomBytes" | "scorer">;

/** One import at a time, on whichever machine: what it leaves behind when it dies, the next one clears away. */
const LOCK = "competitions";

export interface ImportedCompetition {
  readonly competition: Competition;
  /** `changed`: its submissions are scored again under the new rules, and the board switches when all are. */
  readonly change: "added" | "changed" | "unchanged";
  readonly checked: CheckedBundle;
}

/**
 * Afterwards members see the competition of this bundle, with files that nobody changes any more. First the files, then,
 * in one transaction, the book: whoever dies in between has changed nothing, and the next import goes on from there. The
 * same bundle again changes nothing, but for a folder that was damaged: it is as it was again.
 * @param place a folder or a zip on this machine
 * @throws MedforgeError `invalid_request` with all the faults, `state_conflict`, `storage_full`
 */
export function importBundle(deps: Needs, place: string): Promise<ImportedCompetition> {
  return withBundle(deps, place, async (open) => {
    const sound = await soundBundle(deps, open);
    const lock = await deps.db.tryLock(LOCK);
    if (lock === undefined) {
      throw new MedforgeError(
        "state_conflict",
        "Another competition is being imported. Try again when it is done.",
      );
    }
    try {
      return { ...(await enter(deps, open, sound)), checked: sound.checked };
    } finally {
      await lock.release();
    }
  });
}

async function enter(
  deps: Needs,
  open: OpenBundle,
  { bundle, madeIds, checked }: SoundBundle,
): Promise<Omit<ImportedCompetition, "checked">> {
  const { folders } = deps.config;
  const { text, manifest } = bundle.rules;
  const { slug } = manifest;
  for (const root of [folders.holdouts, folders.evaluation]) await clearLeftBehind(root);
  if (bundle.dataset !== undefined) await importDataset(deps, join(bundle.folder, DATASET_FOLDER));
  const shown = await evaluationFiles(open, { bundle, madeIds, checked });
  const publicSha256 = await listingOf(shown);
  const held = filesFrom(join(bundle.folder, HOLDOUT_FOLDER), bundle.holdout);
  const hidden = holdoutFolder(folders, slug, bundle.holdoutSha256);
  const evaluation = evaluationFolder(folders, slug, publicSha256);
  if (!(await isWhole(hidden, bundle.holdoutSha256)))
    await bringIn(deps, folders.holdouts, hidden, held, "server");
  if (!(await isWhole(evaluation, publicSha256)))
    await bringIn(deps, folders.evaluation, evaluation, shown, "everybody");
  return write(deps, { text, manifest, holdoutSha256: bundle.holdoutSha256, publicSha256 });
}

/** What is public of a bundle, under the names that it has in the evaluation folder. */
async function evaluationFiles(
  { scratch }: OpenBundle,
  { bundle, madeIds, checked }: SoundBundle,
): Promise<CopiedFile[]> {
  const rules = join(scratch, MANIFEST_FILE);
  await writeFile(rules, publicManifest(bundle.rules.text, checked.cases), { mode: 0o600, flag: "wx" });
  const made = async (path: string, from: string) => ({ path, from, ...(await hashFile(from)) });
  return [
    ...filesFrom(join(bundle.folder, PUBLIC_FOLDER), bundle.shown),
    ...filesFrom(bundle.folder, [bundle.sample]),
    await made(MANIFEST_FILE, rules),
    ...(madeIds === undefined ? [] : [await made(IDS_FILE, madeIds)]),
  ];
}

/** Whether the folder is there and holds what its name says. */
async function isWhole(folder: string, sha256: string): Promise<boolean> {
  if (!(await isFolder(folder))) return false;
  const { files }: { readonly files: readonly TreeFile[] } = await readTree(folder);
  return files.length > 0 && (await listingOf(files)) === sha256;
}

async function write(deps: Needs, rules: Rules): Promise<Omit<ImportedCompetition, "checked">> {
  const { manifest, text } = rules;
  const identity = await deps.db.transaction((tx) => identityFor(deps, tx, rules));
  const before = await deps.db.competitions.bySlug(manifest.slug);
  // Nearly all of them before anybody has to wait for the competition's row.
  if (before !== undefined) await queueMissingRuns(deps, deps.db, before.id, identity.id);
  return deps.db.transaction(async (tx) => {
    const at = deps.clock.now();
    const facts = {
      title: manifest.title,
      exposure: manifest.exposure === "external" ? ("EXTERNAL" as const) : ("INTERNAL" as const),
      datasetSlug: manifest.datasetSlug,
      manifest: text,
      targetIdentityId: identity.id,
      retiredAt: null,
    };
    const there = await tx.competitions.lock(manifest.slug);
    if (there === undefined) {
      const times = { createdAt: at, updatedAt: at };
      const added = {
        ...facts,
        ...times,
        id: newId(deps),
        slug: manifest.slug,
        boardIdentityId: identity.id,
      };
      await tx.competitions.add(added);
      return { competition: added, change: "added" as const };
    }
    if (Bun.deepEquals({ ...there, ...facts }, there))
      return { competition: there, change: "unchanged" as const };
    await queueMissingRuns(deps, tx, there.id, identity.id);
    await tx.competitions.update(there.id, { ...facts, updatedAt: at });
    const switched = await tx.competitions.showTargetWhenComplete(there.id, at);
    const boardIdentityId = switched ? identity.id : there.boardIdentityId;
    return {
      competition: { ...there, ...facts, boardIdentityId, updatedAt: at },
      change: "changed" as const,
    };
  });
}
