import { createServer, type Server } from "node:net";

import type { Clock } from "../deadline.ts";
import { MachineError } from "../errors.ts";
import type { WorkspaceRef } from "./port.ts";

const RETRY_MS = 20;
/** Longer than any change of a workspace takes by itself. */
const WAIT_MS_MAX = 60_000;

/**
 * Runs `work` while nobody else on this host, in this process or another, changes these workspaces: a session that
 * starts in one process must not mount what another is in the middle of restoring.
 *
 * The lock is an abstract unix socket: only one can have the name, and the kernel gives it back when its owner dies,
 * however it dies. So there is no lock file that a crash could leave behind. Processes in different network
 * namespaces do not see each other's.
 */
export async function exclusively<T>(
  clock: Clock,
  refs: readonly WorkspaceRef[],
  work: () => Promise<T>,
): Promise<T> {
  // Always in the same order, so that two who want the same two never wait for each other.
  const names = [...new Set(refs.map((ref) => `\0medforge-workspace-${ref.workspaceId}`))].sort();
  const held: Server[] = [];
  try {
    const giveUpAtMs = clock.now() + WAIT_MS_MAX;
    for (const name of names) held.push(await acquire(clock, name, giveUpAtMs));
    return await work();
  } finally {
    for (const server of held) server.close();
  }
}

async function acquire(clock: Clock, name: string, giveUpAtMs: number): Promise<Server> {
  for (;;) {
    const server = await listen(name);
    if (server !== undefined) return server;
    if (clock.now() >= giveUpAtMs) {
      throw new MachineError(
        "in-use",
        "Another MedForge process has been changing this workspace for a minute",
        "Wait until it has finished, then try again.",
      );
    }
    await clock.sleep(RETRY_MS);
  }
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("listening", () => resolve(server));
    server.once("error", (cause: NodeJS.ErrnoException) =>
      cause.code === "EADDRINUSE" ? resolve(undefined) : reject(cause),
    );
    server.listen({ path });
  });
}
