import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { type Deps, newId } from "../deps.ts";
import { receiveFile } from "../http/receive-file.ts";

/** Longer than any upload may take, with what is done with it. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

/**
 * Receives a bundle as a zip and gives its place to `work`; afterwards nothing of it is left, however that ended. It
 * holds a holdout, so it lies where holdouts do; no competition has a name with a dot.
 * @throws MedforgeError for a form that is none, and whatever `work` throws
 */
export async function withUploadedBundle<T>(
  deps: Pick<Deps, "config" | "clock" | "randomBytes">,
  request: Request,
  work: (zip: string) => Promise<T>,
): Promise<T> {
  const { folders, upload } = deps.config;
  const folder = join(folders.holdouts, ".uploads");
  await sweep(folder, deps.clock.now() - LEFT_BEHIND_MS);
  const zip = join(folder, `${newId(deps)}.zip`);
  await receiveFile(zip, request, upload.zipBytesMax, () => deps.clock.now());
  try {
    return await work(zip);
  } finally {
    await rm(zip, { force: true });
  }
}

/** What processes that died left here. */
async function sweep(folder: string, before: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) await rm(join(folder, name), { force: true });
  }
}
