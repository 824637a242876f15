import { mkdir, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { type FieldError, MedforgeError } from "@medforge/core/errors";
import { openZip, ScoringError } from "@medforge/scoring";
import { fileSource } from "@medforge/scoring/cli/files";

import { type Deps, newId } from "../deps.ts";
import { codeOf, onDisk } from "../disk.ts";
import { scoringFault } from "./faults.ts";
import { prepareFolders } from "./folders.ts";

/** A bundle as a folder that can be read, and a folder to work in that is gone afterwards. */
export interface OpenBundle {
  readonly folder: string;
  /** On the storage of holdouts, and readable by the server only: references are in it. */
  readonly scratch: string;
  /** Of the archive: then there is nothing in the folder. */
  readonly faults: readonly FieldError[];
}

/** Longer than any import takes: what is older was left behind by a process that died. */
const LEFT_BEHIND_MS = 24 * 3_600_000;
/** Written as it expands, so the storage is what ends it. */
const EXPANDED_BYTES_MAX = 2 ** 37;
const ZIP_LIMITS = {
  bytesMax: EXPANDED_BYTES_MAX,
  entryBytesMax: EXPANDED_BYTES_MAX,
  entriesMax: 1_000_000,
  // A sample submission may be one, and a dataset may hold any.
  archivesAllowed: true,
};

/**
 * @param place a folder or a zip on this machine
 * @throws MedforgeError `invalid_request` when there is neither, `storage_full`, and whatever `work` throws
 */
export async function withBundle<T>(
  deps: Pick<Deps, "config" | "clock" | "randomBytes">,
  place: string,
  work: (bundle: OpenBundle) => Promise<T>,
): Promise<T> {
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() !== true && found?.isFile() !== true) {
    throw new MedforgeError("invalid_request", `${place} is neither a folder nor a zip that can be read.`);
  }
  prepareFolders(deps.config.folders);
  const parent = join(deps.config.folders.holdouts, ".work");
  await sweep(parent, deps.clock.now() - LEFT_BEHIND_MS);
  const scratch = join(parent, newId(deps));
  await mkdir(scratch, { mode: 0o700 });
  try {
    return await onDisk(async () => {
      if (found.isDirectory()) return work({ folder: await realpath(place), scratch, faults: [] });
      const folder = join(scratch, "bundle");
      return work({ folder, scratch, faults: await unpack(place, folder) });
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What no folder can hold, whatever an archive says. */
const TWO_KINDS = "The zip has a file and a folder of one name.";
const UNWRITABLE: Readonly<Record<string, string>> = {
  EEXIST: TWO_KINDS,
  ENOTDIR: TWO_KINDS,
  EISDIR: TWO_KINDS,
  ENAMETOOLONG: "The zip has a name that is longer than a file's may be.",
};

async function sweep(parent: string, before: number): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const found = await stat(join(parent, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before)
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** @returns what is wrong with the archive; it may be unpacked in part then */
async function unpack(zip: string, folder: string): Promise<FieldError[]> {
  await mkdir(folder, { mode: 0o700 });
  try {
    for (const file of await openZip(await fileSource(zip), ZIP_LIMITS)) {
      const path = join(folder, file.name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, file.pieces(), { mode: 0o600, flag: "wx" });
    }
    return [];
  } catch (error) {
    if (error instanceof ScoringError)
      return error.faults.map((fault) => scoringFault(fault, fault.where.file ?? ""));
    const message = UNWRITABLE[codeOf(error)];
    if (message === undefined) throw error;
    return [{ path: "", message }];
  }
}
