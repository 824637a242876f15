import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import type { DatasetFile } from "@medforge/db/queries/datasets";

import { isMissing } from "./tree.ts";

/**
 * Where a file of the listing is on this machine.
 * @param folder the dataset's own
 * @param file as recorded at import, never as somebody asked for it
 * @throws MedforgeError `not_found` for what is not there as it was imported: gone, of another size, or reached through a
 * link, which an import never makes
 */
export async function recordedFile(folder: string, file: DatasetFile): Promise<string> {
  const path = join(folder, file.path);
  try {
    const straight = (await realpath(path)) === join(await realpath(folder), file.path);
    const found = await lstat(path);
    if (straight && found.isFile() && found.size === file.bytes) return path;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new MedforgeError(
    "not_found",
    "The file is in the dataset's listing, but not on this machine as it was imported. Tell an admin.",
  );
}
