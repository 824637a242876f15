import { existsSync } from "node:fs";
import { readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";

import type { WorkspaceRef } from "./port.ts";

/**
 * Where things of one workspace lie:
 *
 * ```
 * <root>/<user>/<ws>/                      the files
 * <root>/<user>/.snapshots/<ws>/<name>/    a snapshot: its `files`, its time as the folder's own
 *                            .copying/     not finished: removed by whoever looks next
 *                            .restoring/   `files` to put in place, `safety-<ms>-<name>` for what they replace
 *                            .destroyed/   the files of a workspace that was destroyed
 * ```
 *
 * Snapshot names begin with a letter or digit, so the names with a dot are ours.
 */
export interface Places {
  readonly files: string;
  readonly history: string;
  readonly copying: string;
  readonly restoring: string;
  readonly destroyed: string;
  readonly quota: string;
  readonly origin: string;
  readonly lastRestore: string;
  snapshot(name: string): string;
}

export function places(root: string, { userId, workspaceId }: WorkspaceRef): Places {
  const history = join(root, userId, ".snapshots", workspaceId);
  return {
    files: join(root, userId, workspaceId),
    history,
    copying: join(history, ".copying"),
    restoring: join(history, ".restoring"),
    destroyed: join(history, ".destroyed"),
    quota: join(history, ".quota"),
    origin: join(history, ".origin"),
    lastRestore: join(history, ".last-restore"),
    snapshot: (name) => join(history, name),
  };
}

/** Afterwards nothing is half done: what a crash cut short is finished if it was decided, else undone. */
export async function directorySettle(at: Places): Promise<void> {
  if (existsSync(at.destroyed)) {
    // The mark goes last, so that a second crash finds it again.
    await removeAllBut(at.history, at.destroyed);
    await rm(at.history, { recursive: true });
    return;
  }
  await rm(at.copying, { recursive: true, force: true });
  if (existsSync(at.restoring)) await settleRestore(at);
}

/** Says by its name, which a power cut cannot leave empty, what its files are to be called. */
export function safetyFolder(name: string, createdAtMs: number): string {
  return `safety-${createdAtMs}-${name}`;
}

/** The point of no return is the move of the workspace's files into the safety folder. */
async function settleRestore(at: Places): Promise<void> {
  const next = join(at.restoring, "files");
  if (!existsSync(at.files) && existsSync(next)) await rename(next, at.files);
  for (const folder of await readdir(at.restoring)) {
    const [, ms, name] = /^safety-(\d+)-(.+)$/.exec(folder) ?? [];
    const safety = join(at.restoring, folder);
    if (ms === undefined || name === undefined || !existsSync(join(safety, "files"))) continue;
    await utimes(safety, Number(ms) / 1000, Number(ms) / 1000);
    await rename(safety, at.snapshot(name));
  }
  await rm(at.restoring, { recursive: true });
}

async function removeAllBut(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path !== kept) await rm(path, { recursive: true, force: true });
  }
}
