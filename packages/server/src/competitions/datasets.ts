import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import type { Exposure } from "@medforge/core/session";
import type { Dataset } from "@medforge/db/queries/datasets";

import { type Deps, newId } from "../deps.ts";
import { bringIn, clearLeftBehind } from "./bring-in.ts";
import { type FoundDataset, readDataset } from "./dataset-folder.ts";
import { datasetFolder } from "./folders.ts";
import { filesFrom, isFolder } from "./tree.ts";

/** Datasets on disk and in the book: imported, retired, mounted into sessions. */

/** One import at a time, on whichever machine: what it leaves behind when it dies, the next one clears away. */
const LOCK = "datasets";
/** Between an import's time in the book and the moment when every new session sees it. */
const SWITCH_MS_MAX = 600_000;

type Needs = Pick<Deps, "config" | "db" | "clock" | "randomBytes">;

export interface ImportedDataset {
  readonly dataset: Dataset;
  /** `described`: other words, the same files. */
  readonly change: "added" | "replaced" | "described" | "unchanged";
}

/**
 * Afterwards the catalogue has the dataset of this folder, with files of its own that nobody changes any more. The same
 * folder again changes nothing.
 * @throws MedforgeError `invalid_request` with all faults, `storage_full`, `state_conflict`
 */
export async function importDataset(deps: Needs, folder: string): Promise<ImportedDataset> {
  const read = await readDataset(folder);
  if (!read.ok) {
    throw new MedforgeError(
      "invalid_request",
      `The dataset has ${read.faults.length} ${read.faults.length === 1 ? "fault" : "faults"}. Nothing was imported.`,
      { fields: read.faults },
    );
  }
  const lock = await deps.db.tryLock(LOCK);
  if (lock === undefined) {
    throw new MedforgeError(
      "state_conflict",
      "Another dataset is being imported. Try again when it is done.",
    );
  }
  try {
    await clearLeftBehind(deps.config.folders.datasets);
    const imported = await enter(deps, read.value);
    await removeReplaced(deps, imported.dataset);
    return imported;
  } finally {
    await lock.release();
  }
}

async function enter(deps: Needs, found: FoundDataset): Promise<ImportedDataset> {
  const { slug, exposure, ...words } = found.description;
  const folder = datasetFolder(deps.config.folders, slug, found.treeSha256);
  if (!(await isFolder(folder))) {
    const files = filesFrom(found.filesFolder, found.files);
    await bringIn(deps, deps.config.folders.datasets, folder, files, "everybody");
  }
  const facts = {
    ...words,
    exposure: exposure.toUpperCase() as Dataset["exposure"],
    files: found.files.length,
    bytes: found.bytes,
    treeSha256: found.treeSha256,
    retiredAt: null,
  };
  return deps.db.transaction(async (tx) => {
    const before = await tx.datasets.lock(slug);
    const hasFiles = before?.treeSha256 === facts.treeSha256;
    const createdAt = before !== undefined && hasFiles ? before.createdAt : deps.clock.now();
    const dataset = { ...facts, id: before?.id ?? newId(deps), slug, createdAt };
    if (before === undefined) await tx.datasets.add(dataset);
    else await tx.datasets.update(before.id, { ...facts, createdAt });
    if (!hasFiles) await tx.datasets.replaceFiles(dataset.id, found.files);
    return { dataset, change: changeBetween(before, dataset) };
  });
}

function changeBetween(before: Dataset | undefined, after: Dataset): ImportedDataset["change"] {
  if (before === undefined) return "added";
  if (before.treeSha256 !== after.treeSha256) return "replaced";
  return Bun.deepEquals(before, after) ? "unchanged" : "described";
}

/** What nobody can have mounted any more goes. Passed over while an import is under way: the next time will do. */
export async function removeReplacedDatasets(deps: Needs): Promise<void> {
  const lock = await deps.db.tryLock(LOCK);
  if (lock === undefined) return;
  try {
    for (const dataset of await deps.db.datasets.all()) await removeReplaced(deps, dataset);
  } finally {
    await lock.release();
  }
}

/**
 * Removes files that no session can have mounted any more: those of before an import, once whoever was there then has
 * ended. Called with the lock.
 */
async function removeReplaced(deps: Needs, { slug, treeSha256, createdAt }: Dataset): Promise<void> {
  const folder = dirname(datasetFolder(deps.config.folders, slug, treeSha256));
  if (!(await isFolder(folder))) return;
  const old = (await readdir(folder)).filter((name) => name !== treeSha256);
  if (old.length === 0) return;
  const unfinished = await deps.db.sessions.unfinished();
  if (unfinished.some(({ session }) => session.createdAt <= createdAt + SWITCH_MS_MAX)) return;
  for (const name of old) await rm(join(folder, name), { recursive: true, force: true });
}

/** What a session of this exposure gets to read at `/datasets/<slug>`; not what is missing on this machine. */
export async function mountedDatasets(
  deps: Pick<Deps, "config" | "db">,
  exposure: Exposure,
): Promise<{ readonly slug: string; readonly path: string }[]> {
  const trees = await deps.db.datasets.forSessions(exposure);
  const all = trees.map(({ slug, treeSha256 }) => ({
    slug,
    path: datasetFolder(deps.config.folders, slug, treeSha256),
  }));
  const there = await Promise.all(all.map(({ path }) => isFolder(path)));
  return all.filter((_, at) => there[at] === true);
}
