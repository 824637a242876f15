import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import type { ByteSource } from "../source.ts";
import { UsageError } from "./terminal.ts";

/** A file on disk, read in pieces. Opened for each piece, so that nobody has to close it. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await fileStat(path);
  return {
    size,
    async read(offset, length) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      } finally {
        await file.close();
      }
    },
  };
}

export async function readBytes(path: string): Promise<Uint8Array> {
  await fileStat(path);
  return new Uint8Array(await readFile(path));
}

/** The text of a file that may be absent. */
export async function textIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** The images of a folder by case: `<case>.nii` and `<case>.nii.gz`, in the order of their names. */
export async function imagesIn(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(() => {
    throw new UsageError(`${folder} is not a folder that can be read.`);
  });
  const images = names.filter((name) => /\.nii(\.gz)?$/.test(name) && !name.startsWith(".")).sort();
  return new Map(images.map((name) => [name.replace(/\.nii(\.gz)?$/, ""), join(folder, name)]));
}

/**
 * Every file of a folder and its folders, by relative name with forward slashes. A link is refused. Not with readdir's
 * own `recursive`: Bun 1.4 goes through links to folders there.
 */
export async function filesIn(folder: string, within = ""): Promise<string[]> {
  const entries = await readdir(join(folder, within), { withFileTypes: true }).catch(() => {
    throw new UsageError(`${join(folder, within)} is not a folder that can be read.`);
  });
  const files: string[] = [];
  for (const entry of entries) {
    const name = within === "" ? entry.name : `${within}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesIn(folder, name)));
    else if (entry.isFile()) files.push(name);
    else throw new UsageError(`${join(folder, name)} is not a plain file.`);
  }
  return files;
}

async function fileStat(path: string): Promise<{ size: number }> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw new UsageError(`${path} is not a file that can be read.`);
  return found;
}
