import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** Files and folders that others see whole or not at all. */

/** One rename makes the whole folder visible. @returns false when someone else made it first */
export async function publish(folder: string, final: string, files: readonly string[]): Promise<boolean> {
  // A key that is lost to a power cut would be a host-key warning for ever: on disk first, then visible.
  for (const file of files) await flush(join(folder, file));
  const ready = `${folder}-whole`;
  await mkdir(ready, { mode: 0o700 });
  try {
    for (const file of files) await rename(join(folder, file), join(ready, file));
    await flush(ready);
    await rename(ready, final);
    return true;
  } catch (cause) {
    if (isCode(cause, "ENOTEMPTY") || isCode(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await rm(ready, { recursive: true, force: true });
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function write(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, "w", mode);
  try {
    await handle.writeFile(text);
    // Whatever the umask says.
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

export async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((cause) => {
    if (isCode(cause, "ENOENT")) return undefined;
    throw cause;
  });
}

export function noneIfMissing(cause: unknown): string[] {
  if (isCode(cause, "ENOENT")) return [];
  throw cause;
}

export function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
