import { lstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { type Holdout, holdoutSha256, type Input, type Manifest } from "@medforge/scoring";
import { fileSource, filesIn, imagesIn, readBytes } from "@medforge/scoring/cli/files";

import { Recent } from "./recent.ts";

/** A hidden reference as it is on disk now. */
export interface Hidden {
  readonly sha256: string;
  readonly holdout: Holdout;
}

const FOLDERS_MAX = 8;
const TABLE = "holdout.csv";
/** A table up to this size stays in memory between two submissions. */
const KEPT_BYTES_MAX = 16 * 1024 ** 2;

/**
 * Reads hidden references. One is read and hashed again only when a size, an inode or a time of change in its folder is
 * another one; the time of an inode's change cannot be set back by who writes the file.
 */
export function createHiddenReader(): (manifest: Manifest, folder: string) => Promise<Hidden> {
  const recent = new Recent<Hidden>(FOLDERS_MAX);
  return async (manifest, folder) => {
    const { names, stamp } = await lookInto(folder);
    const images = manifest.task === "segmentation-nifti";
    return recent.of(`${folder}\n${images}\n${stamp}`, async () => {
      const table = images ? undefined : await tableOf(join(folder, TABLE));
      const sha256 = await hashOf(folder, names, table);
      return { sha256, holdout: table === undefined ? await masksOf(folder) : { table } };
    });
  };
}

/** As it is on disk now, read anew. */
export async function holdoutSha256Of(folder: string): Promise<string> {
  return hashOf(folder, (await lookInto(folder)).names);
}

/** @param table the content of `holdout.csv`, where it was read already */
async function hashOf(folder: string, names: readonly string[], table?: Input): Promise<string> {
  const files = names.map(async (name) => {
    const read = name === TABLE && table !== undefined;
    return { name, content: read ? table : await fileSource(join(folder, name)) };
  });
  return holdoutSha256(await Promise.all(files));
}

/** Its files, and a text that is another one as soon as one of them is. */
async function lookInto(folder: string): Promise<{ names: string[]; stamp: string }> {
  const names = await filesIn(folder);
  let stamp = "";
  for (const name of names) {
    const { dev, ino, size, mtimeNs, ctimeNs } = lstatSync(join(folder, name), { bigint: true });
    stamp += `${name} ${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}\n`;
  }
  return { names, stamp };
}

/** The very bytes that are hashed are measured against, unless they are too many to keep. */
async function tableOf(path: string) {
  const source = await fileSource(path);
  return source.size > KEPT_BYTES_MAX ? source : new Uint8Array(await readFile(path));
}

async function masksOf(folder: string): Promise<Holdout> {
  const images = await imagesIn(folder);
  return { ids: [...images.keys()], read: (id) => readBytes(images.get(id) ?? join(folder, id)) };
}
