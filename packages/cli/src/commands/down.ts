import { setTimeout as sleep } from "node:timers/promises";

import { stopSession } from "@medforge/server/modules/sessions/service";

import { withBook } from "../book.ts";
import { readPidFile } from "../host/daemon.ts";
import { type Places, places } from "../host/places.ts";
import { step } from "../progress.ts";
import { activeSessions, sessionsOnThisHost } from "../up/end.ts";
import { upPidFile } from "../up/services.ts";
import { stopMachine, stopServer } from "../up/stop.ts";
import type { Verb } from "../verb.ts";

const STOP_SESSIONS_MS_MAX = 120_000;
const END_MS_MAX = 120_000;

export const down: Verb = {
  name: "down",
  summary: "Stops everything that `up` started.",
  forms: ["[--stop-sessions]"],
  options: {
    "stop-sessions": { type: "boolean", help: "also stops the sessions that run; their workspaces are kept" },
  },
  run: async (input) => {
    const at = places();
    const sessions = await sessionsOnThisHost(at);
    if (sessions.length > 0 && !input.on("stop-sessions")) {
      console.error(`medforge: these sessions are running and would end: ${sessions.join(", ")}`);
      console.error(
        "Nothing was stopped. `./medforge down --stop-sessions` stops them, too; their files are kept.",
      );
      return 1;
    }
    if (sessions.length > 0) await step(`stopping ${sessions.length} sessions`, () => stopSessions(at));
    const wasUp = await endUp(at);
    // An `up` that was killed has left these behind.
    const leftovers = [await stopServer(at), await stopMachine(at)].includes(true);
    console.log(wasUp || leftovers ? "MedForge is down." : "MedForge was not up; nothing was changed.");
    return 0;
  },
};

/** Writes the wish down; the running server carries it out. Without one, containers are stopped here. */
async function stopSessions(at: Places): Promise<void> {
  await withBook(async (deps) => {
    for (const details of await activeSessions(deps)) await stopSession(deps, details, "cli", "admin_stop");
    const giveUpAt = Date.now() + STOP_SESSIONS_MS_MAX;
    const served = readPidFile(upPidFile(at)) !== undefined;
    for (;;) {
      const left = await activeSessions(deps);
      if (left.length === 0) return;
      if (!served || Date.now() > giveUpAt) {
        // Their rows stay STOPPING: the next `up` takes the snapshots and ends them.
        for (const { slug } of await deps.containers.list()) {
          if (left.some(({ session }) => session.slug === slug)) {
            await deps.containers.stop(slug, deps.config.stopGraceMs);
          }
        }
        return;
      }
      await sleep(500);
    }
  });
}

/** Tells a running `up` to end, and waits for it. @returns whether there was one */
async function endUp(at: Places): Promise<boolean> {
  const pid = readPidFile(upPidFile(at));
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  const giveUpAt = Date.now() + END_MS_MAX;
  await step("waiting for `up` to end", async () => {
    while (readPidFile(upPidFile(at)) === pid && Date.now() < giveUpAt) await sleep(200);
  });
  return true;
}
