import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { onDisk } from "../disk.ts";
import { type FormFile, readFormFile } from "./form-file.ts";

export interface ReceivedFile extends FormFile {
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Afterwards the file of the form is durable at `path`, where nothing may be yet, and only the server may read it.
 * @throws MedforgeError `storage_full`, and what `readFormFile` throws; nothing is left at `path` then
 */
export async function receiveFile(
  path: string,
  request: Request,
  bytesMax: number,
  now: () => number,
): Promise<ReceivedFile> {
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

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) {
    at += (await file.write(piece, at, piece.byteLength - at)).bytesWritten;
  }
}
