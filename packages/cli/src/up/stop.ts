import { join } from "node:path";

import { MachineError } from "@medforge/runtime/errors";

import { caddyPlan } from "../host/caddy.ts";
import { stopByPidFile } from "../host/daemon.ts";
import type { Places } from "../host/places.ts";
import { closePool } from "../host/pool.ts";
import { step } from "../progress.ts";
import { ownPlan } from "./services.ts";

/** Everything is found by its pid file, so this works for an `up` that is running, ending, or was killed. */

/** Afterwards Caddy, API and worker have ended. @returns whether one of them ran */
export async function stopServer(at: Places): Promise<boolean> {
  const stopped = await step("stopping Caddy, API and worker", () =>
    Promise.all(
      [caddyPlan(at), ownPlan(at, "api"), ownPlan(at, "worker")].map((plan) => stopByPidFile(plan)),
    ),
  );
  return stopped.includes(true);
}

/** Afterwards the private pool, engine and database have ended. @returns whether one of them ran */
export async function stopMachine(at: Places): Promise<boolean> {
  const daemon = (name: string) =>
    step(`stopping ${name}`, () =>
      stopByPidFile({ name, pidFile: join(at.sockets, `${name}.pid`), stopMsMax: 30_000 }),
    );
  const engine = await daemon("dockerd");
  await step("closing the pool", () => closePool(at)).catch((error) => {
    // Someone's shell in a workspace: nothing is lost, the pool just stays open.
    if (!(error instanceof MachineError)) throw error;
    console.log(`  the pool stays open: ${error.message}`);
  });
  const pool = await daemon("zfs-fuse");
  const database = await daemon("mariadb");
  return engine || pool || database;
}
