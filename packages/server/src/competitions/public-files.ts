import { lstat } from "node:fs/promises";
import { join } from "node:path";

import { isFolder, listTree } from "./tree.ts";

/**
 * The public evaluation data of a competition, as people download it: all of its folder, where an import puts what is
 * public and a manifest that says nothing of the holdout.
 */

export interface PublicFile {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly bytes: number;
}

const FOLDERS_MAX = 32;

/** A folder is named by its content's hash and never changes, so each is listed once. */
const known = new Map<string, readonly PublicFile[]>();

/** All that may be downloaded, in the order of the names' bytes; nothing when the folder is not on this machine. */
export async function publicFiles(folder: string): Promise<readonly PublicFile[]> {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const files = await list(folder);
  if (files.length > 0) {
    const oldest = known.size >= FOLDERS_MAX ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(folder, files);
  }
  return files;
}

async function list(folder: string): Promise<PublicFile[]> {
  if (!(await isFolder(folder))) return [];
  // An import makes no links: whatever else is there is not the competition's.
  const { paths } = await listTree(folder);
  return Promise.all(paths.map(async (name) => ({ name, bytes: (await lstat(join(folder, name))).size })));
}
