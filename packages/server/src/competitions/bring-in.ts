import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";

import { type Deps, newId } from "../deps.ts";
import { onDisk, sync } from "../disk.ts";
import { type CopiedFile, copyFiles, isFolder, type Readers, TreeChanged } from "./tree.ts";

const INCOMING = ".incoming-";

/** What an import that died left in this folder. Called by who imports, and one at a time does. */
export async function clearLeftBehind(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root))
    if (name.startsWith(INCOMING)) await rm(join(root, name), { recursive: true, force: true });
}

/**
 * Afterwards the folder holds these files and no others, durably: it appears with all of them, or not at all.
 * @param root above the folder, on the same file system
 * @throws MedforgeError `storage_full`, `state_conflict` when a file was changed meanwhile
 */
export async function bringIn(
  deps: Pick<Deps, "clock" | "randomBytes">,
  root: string,
  folder: string,
  files: readonly CopiedFile[],
  readers: Readers,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: readers === "server" ? 0o700 : 0o755 });
  const incoming = join(root, `${INCOMING}${newId(deps)}`);
  const outgoing = join(root, `${INCOMING}${newId(deps)}`);
  try {
    await onDisk(async () => {
      await copyFiles(files, incoming, readers);
      if (await isFolder(folder)) await rename(folder, outgoing);
      await rename(incoming, folder);
      for (const changed of [dirname(folder), root]) await sync(changed);
    });
  } catch (error) {
    throw error instanceof TreeChanged ? changed(error) : error;
  } finally {
    for (const gone of [incoming, outgoing]) await rm(gone, { recursive: true, force: true });
  }
}

function changed(error: TreeChanged): MedforgeError {
  return new MedforgeError("state_conflict", "A file was changed while it was imported. Try again.", {
    fields: [{ path: "", entry: error.message, message: "was changed" }],
    cause: error,
  });
}
