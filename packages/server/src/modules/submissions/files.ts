import { createHash } from "node:crypto";
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import { isUuid } from "@medforge/core/ids";

import { submissionFile } from "../../competitions/folders.ts";
import type { CompetitionFolders } from "../../config.ts";
import { type FormFile, readFormFile } from "../../http/form-file.ts";

/**
 * The files of submissions on disk. While a submission is received, and until its row is known to be written, it has a
 * name in `receiving/`; kept is a second name for the same bytes. So whatever a crash leaves behind is found there, and
 * a file without a name there is never touched: its row may be in a newer backup of the database.
 */

export interface Received extends FormFile {
  readonly sha256: string;
}

export function receivingFile(folders: CompetitionFolders, id: string): string {
  return join(folders.submissions, "receiving", id);
}

/**
 * Afterwards the file of the form is durable under its name in `receiving/`.
 * @throws MedforgeError `storage_full`, and what `readFormFile` throws; nothing is left behind then
 */
export async function receive(
  folders: CompetitionFolders,
  id: string,
  request: Request,
  bytesMax: number,
  now: () => number,
): Promise<Received> {
  const path = receivingFile(folders, id);
  const hash = createHash("sha256");
  const form = await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "wx", 0o600);
    try {
      const read = await readFormFile(request, bytesMax, now, async (piece) => {
        hash.update(piece);
        await writeAll(file, piece);
      });
      await file.sync();
      return read;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  });
  return { ...form, sha256: hash.digest("hex") };
}

/** Afterwards the received bytes have their lasting name as well, durably. @throws MedforgeError `storage_full` */
export async function keep(folders: CompetitionFolders, id: string): Promise<void> {
  const path = submissionFile(folders, id);
  await onDisk(async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await link(receivingFile(folders, id), path);
    await syncFolder(dirname(path));
    await syncFolder(folders.submissions);
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

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) {
    at += (await file.write(piece, at, piece.byteLength - at)).bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** No space and no quota are for an admin to mend; the rest is a fault of ours. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!["ENOSPC", "EDQUOT"].includes(codeOf(error))) throw error;
    throw new MedforgeError(
      "storage_full",
      "The storage for submissions is full. Nothing was kept and nothing counted; tell an admin.",
      { cause: error },
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
