import { link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { isUuid } from "@medforge/core/ids";

import { submissionFile } from "../../competitions/folders.ts";
import type { CompetitionFolders } from "../../config.ts";
import { codeOf, onDisk, sync } from "../../disk.ts";

/**
 * The files of submissions on disk. While a submission is received, and until its row is known to be written, it has a
 * name in `receiving/`; kept is a second name for the same bytes. So whatever a crash leaves behind is found there, and
 * a file without a name there is never touched: its row may be in a newer backup of the database.
 */

export function receivingFile(folders: CompetitionFolders, id: string): string {
  return join(folders.submissions, "receiving", id);
}

/** Afterwards the received bytes have their lasting name as well, durably. @throws MedforgeError `storage_full` */
export async function keep(folders: CompetitionFolders, id: string): Promise<void> {
  const path = submissionFile(folders, id);
  await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await link(receivingFile(folders, id), path);
    await sync(dirname(path));
    await sync(folders.submissions);
  });
}

/** After its row was written: only the lasting name stays. */
export async function settle(folders: CompetitionFolders, id: string): Promise<void> {
  await rm(receivingFile(folders, id), { force: true });
}

/** Nothing of it stays. Only for what has no row and will get none. */
export async function discard(folders: CompetitionFolders, id: string): Promise<void> {
  await rm(submissionFile(folders, id), { force: true });
  await settle(folders, id);
}

/** Ids of what is in `receiving/` and has not grown since `before`. */
export async function abandoned(folders: CompetitionFolders, before: number): Promise<string[]> {
  const folder = join(folders.submissions, "receiving");
  const names = await readdir(folder).catch((error) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const old: string[] = [];
  for (const name of names.filter(isUuid)) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) old.push(name);
  }
  return old;
}
