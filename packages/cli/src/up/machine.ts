import { mkdirSync } from "node:fs";
import { join } from "node:path";

import type { RunningDaemon } from "../host/daemon.ts";
import { ensureEngine, HOST_ENGINE } from "../host/engine.ts";
import { ensureMariadb } from "../host/mariadb.ts";
import type { Places } from "../host/places.ts";
import { ensurePool } from "../host/pool.ts";
import { step } from "../progress.ts";
import { LOCAL_DOMAIN, type Plan, type Wish } from "./plan.ts";
import type { Service } from "./supervisor.ts";

export interface Watched {
  readonly service: Service;
  readonly daemon: RunningDaemon;
}

export interface MachineUp {
  /** The server's whole environment. */
  readonly settings: Record<string, string>;
  readonly watched: readonly Watched[];
}

const DATABASE = "medforge";
const DEFAULT_PORT = 8600;
/** Above the API's port; `/metrics` is on the one between. */
const HTTPS_PORT_ABOVE = 2;

/** Afterwards everything that the plan calls private runs. @returns how the server reaches it all */
export async function bringUpMachine(at: Places, plan: Plan, wish: Wish): Promise<MachineUp> {
  const watched: Watched[] = [];
  const settings = baseSettings(at, plan, wish);
  const watch = async <T extends RunningDaemon>(name: string, start: () => Promise<T>) => {
    const daemon = await step(`starting ${name}`, start);
    watched.push({ service: { name, start }, daemon });
    return daemon;
  };
  if (plan.database === "private") {
    const mariadb = await watch("mariadb", () => ensureMariadb(at));
    await step("making the database", () => mariadb.ensureDatabase(DATABASE));
    settings.DATABASE_URL = mariadb.url(DATABASE);
  }
  if (plan.engine === "private") settings.DOCKER_HOST = (await watch("dockerd", () => ensureEngine(at))).host;
  if (plan.engine === "host") settings.DOCKER_HOST = HOST_ENGINE;
  if (plan.workspaces === "pool") {
    const pool = await step("opening the pool", () => ensurePool(at));
    settings.WORKSPACE_ZFS_ROOT = pool.root;
    if (pool.daemon !== undefined) {
      const start = async () =>
        (await ensurePool(at)).daemon ?? Promise.reject(new Error("someone else's runs"));
      watched.push({ service: { name: "zfs-fuse", start }, daemon: pool.daemon });
    }
  }
  if (plan.workspaces === "directory" && settings.MEDFORGE_WORKSPACE_DIR === undefined) {
    // Only our own default is made: a folder that somebody named and that is not there may be a disk not mounted.
    settings.MEDFORGE_WORKSPACE_DIR = join(at.state, "workspaces");
    mkdirSync(settings.MEDFORGE_WORKSPACE_DIR, { recursive: true, mode: 0o711 });
  }
  return { settings, watched };
}

/** What does not depend on anything running; the environment wins over what we would choose. */
export function baseSettings(at: Places, plan: Plan, wish: Wish): Record<string, string> {
  const stateDir = join(at.state, "server");
  mkdirSync(stateDir, { recursive: true, mode: 0o711 });
  const listen =
    wish.port === undefined
      ? (wish.environment.MEDFORGE_LISTEN ?? `127.0.0.1:${DEFAULT_PORT}`)
      : `127.0.0.1:${wish.port}`;
  return {
    MEDFORGE_STATE_DIR: stateDir,
    MEDFORGE_SSH_HOST: "localhost",
    MEDFORGE_SSH_BIND: "127.0.0.1",
    ...(plan.gate === "private" ? localNames(listen) : {}),
    ...wish.environment,
    MEDFORGE_LISTEN: listen,
    MEDFORGE_RUNTIME: plan.runtime,
    MEDFORGE_GPUS: plan.gpus,
    ...(plan.resolvers === "" ? {} : { MEDFORGE_RESOLVERS: plan.resolvers }),
    ...(plan.deviceNodes ? { MEDFORGE_GPU_NODES_DIR: join(at.state, "gpus") } : {}),
  };
}

/** What browsers call this machine while our own Caddy is in front. */
function localNames(listen: string): Record<string, string> {
  const port = Number(listen.split(":").at(-1)) + HTTPS_PORT_ABOVE;
  return { MEDFORGE_DOMAIN: LOCAL_DOMAIN, MEDFORGE_HTTPS_PORT: String(port) };
}
