import { rmSync } from "node:fs";

import { isActive } from "@medforge/core/session";
import type { Deps } from "@medforge/server/deps";

import { withBook } from "../book.ts";
import type { Places } from "../host/places.ts";
import { currentConfig } from "../settings.ts";
import { upPidFile } from "./services.ts";
import { stopMachine, stopServer } from "./stop.ts";

/** Resolves at the first Ctrl-C or SIGTERM. A second Ctrl-C changes nothing: stopping is under way. */
export function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
}

/**
 * The end of `up`. Sessions outlive it: while some run, their engine, pool and database go on, and the next `up`
 * takes them over. Otherwise everything of ours is stopped.
 */
export async function finish(at: Places): Promise<void> {
  const sessions = await sessionsOnThisHost(at);
  await stopServer(at);
  if (sessions.length === 0) await stopMachine(at);
  else {
    console.log(`These sessions run on, with their engine, pool and database: ${sessions.join(", ")}.`);
    console.log("`./medforge up` takes them over again; `./medforge down --stop-sessions` ends them.");
  }
  rmSync(upPidFile(at), { force: true });
}

/** Slugs of the sessions that would end if the machine of this checkout were stopped. */
export async function sessionsOnThisHost(at: Places): Promise<string[]> {
  const config = currentConfig(at);
  if (config === undefined || config.runtime === "memory") return [];
  try {
    return await withBook(async (deps) => (await activeSessions(deps)).map(({ session }) => session.slug));
  } catch {
    // No database, or an empty one: it cannot be the one that sessions of ours were started with.
    return [];
  }
}

export async function activeSessions(deps: Deps) {
  return (await deps.db.sessions.unfinished()).filter(({ session }) => isActive(session.state));
}
