import { rmSync } from "node:fs";

import { isActive } from "@medforge/core/session";
import { MachineError } from "@medforge/runtime/errors";
import type { Deps } from "@medforge/server/deps";
import { dropSpares } from "@medforge/server/loops/ahead";

import { withBook } from "../book.ts";
import type { Places } from "../host/places.ts";
import { step } from "../progress.ts";
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
  if (sessions.length === 0) {
    await dropNetworks();
    await stopMachine(at);
  } else {
    console.log(`These sessions run on, with their engine, pool and database: ${sessions.join(", ")}.`);
    console.log("`./medforge up` takes them over again; `./medforge down --stop-sessions` ends them.");
  }
  rmSync(upPidFile(at), { force: true });
}

/** What was made ahead goes with the server: an engine that is not ours goes on without us. */
export async function dropNetworks(): Promise<void> {
  try {
    await step("removing the networks that were made ahead", () => withBook(dropSpares));
  } catch (error) {
    // The next `up` knows them from their rows.
    if (!(error instanceof MachineError)) throw error;
    console.log(`  some networks stay: ${error.message}`);
  }
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
