import { open } from "node:fs/promises";

import { MedforgeError } from "@medforge/core/errors";

const FULL = new Set(["ENOSPC", "EDQUOT"]);

/**
 * Work that writes files, and leaves none behind when it fails. No space and no quota are for an admin to mend; any
 * other fault is one of ours.
 * @throws MedforgeError `storage_full`, and whatever `work` throws
 */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!FULL.has(codeOf(error))) throw error;
    throw new MedforgeError(
      "storage_full",
      "The storage is full. Nothing was kept and nothing counted; tell an admin.",
      { cause: error },
    );
  }
}

/** `ENOENT` and the like; empty for what is no error of the system's. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What is written in the file, or which names the folder has, outlives a power cut. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
