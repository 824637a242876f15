import { type Dirent, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { MachineError } from "@medforge/runtime/errors";

import type { CompetitionFolders } from "../config.ts";
import { codeOf } from "../disk.ts";

/** Where the files of competitions are. Names are ours: slugs, hashes and ids, never what someone called a file. */

/** Public training data. One that is changed gets another folder: who has this one mounted goes on reading it. */
export function datasetFolder(folders: CompetitionFolders, slug: string, treeSha256: string): string {
  return join(folders.datasets, slug, treeSha256);
}

/** Public evaluation data: `ids.csv`, `geometry.json`, inputs, the sample submission. */
export function evaluationFolder(folders: CompetitionFolders, slug: string, publicSha256: string): string {
  return join(folders.evaluation, slug, publicSha256);
}

/** Hidden references. Only the worker and an import go there. */
export function holdoutFolder(folders: CompetitionFolders, slug: string, holdoutSha256: string): string {
  return join(folders.holdouts, slug, holdoutSha256);
}

/** One of 256 folders by the id's random end, so that none of them gets too long a list. */
export function submissionFile(folders: CompetitionFolders, id: string): string {
  return join(folders.submissions, id.slice(-12, -10), id);
}

/** What only the server may read. */
const HIDDEN: ReadonlySet<keyof CompetitionFolders> = new Set(["holdouts", "submissions"]);
const SETTING: Readonly<Record<keyof CompetitionFolders, string>> = {
  datasets: "MEDFORGE_DATASETS_DIR",
  evaluation: "MEDFORGE_EVALUATION_DIR",
  holdouts: "MEDFORGE_HOLDOUTS_DIR",
  submissions: "MEDFORGE_SUBMISSIONS_DIR",
};

/**
 * Afterwards the four folders are there and apart: none is another one, lies in another one, or holds a link to where
 * another one is. Asked at every start, before anything is served or scored.
 * @throws MachineError `refused`
 */
export function prepareFolders(folders: CompetitionFolders): void {
  const names = Object.keys(SETTING) as (keyof CompetitionFolders)[];
  for (const name of names)
    mkdirSync(folders[name], { recursive: true, mode: HIDDEN.has(name) ? 0o700 : 0o755 });
  for (const name of names) {
    for (const [from, how] of [
      [folders[name], "shares files with"] as const,
      ...linksOf(folders[name], name),
    ]) {
      const other = names.find(
        (one) => one !== name && (isIn(from, folders[one]) || isIn(folders[one], from)),
      );
      if (other !== undefined) refuse(name, other, from, how);
    }
  }
}

function refuse(
  name: keyof CompetitionFolders,
  other: keyof CompetitionFolders,
  from: string,
  how: string,
): never {
  throw new MachineError(
    "refused",
    `${from} (${SETTING[name]}) ${how} the folder of ${SETTING[other]}`,
    `Keep hidden and public files apart: set ${SETTING[name]} and ${SETTING[other]} to two folders side by side, without links between them.`,
  );
}

/** Or is the same, by whatever path. Both must be there. */
export function isIn(inner: string, outer: string): boolean {
  const identity = identityOf(outer);
  return pathUp(realpathSync(inner)).some((path) => identityOf(path) === identity);
}

/** A folder by what it is and not by what it is called: a bind mount of the same folder has another path. */
function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

function pathUp(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...pathUp(parent)];
}

/**
 * Links in a folder and in the folders in it: we make none, so somebody else did. One that leads nowhere is passed over.
 */
function linksOf(folder: string, name: keyof CompetitionFolders): (readonly [path: string, how: string])[] {
  const within = readdirSync(folder, { withFileTypes: true });
  // Submissions are files beside each other, by the hundred thousand.
  const folders = name === "submissions" ? [] : within.filter((entry) => entry.isDirectory());
  const below = folders.flatMap((entry) => entriesOf(join(folder, entry.name)));
  return [...within, ...below]
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => existsSync(path))
    .map((path) => [path, "is a link to"] as const);
}

/** None of one that is gone: an import in another process gives its work another name when it is done. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
