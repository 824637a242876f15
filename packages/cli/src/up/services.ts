import { join } from "node:path";

import type { Readiness } from "@medforge/contracts/status";
import { portalOrigin } from "@medforge/core/hosts";
import type { Config } from "@medforge/server/config";

import { adoptOrStart, type DaemonPlan, type RunningDaemon, stopByPidFile } from "../host/daemon.ts";
import type { Places } from "../host/places.ts";
import type { Environment } from "../settings.ts";

/** Our own two processes. */
export type OwnService = "api" | "worker";

const ENTRY = { api: "packages/server/src/main.ts", worker: "packages/server/src/worker.ts" } as const;
/** Longer than a stop of the loop: a step that has begun is finished. */
const STOP_MS_MAX = 20_000;
const START_MS_MAX = 30_000;
/** How long a worker must have lived to count as started: it has no door to knock at. */
const WORKER_SETTLES_MS = 500;

/** Afterwards the service runs with these settings. One of an earlier `up` that ended badly may have others: it goes. */
export async function startOwn(
  at: Places,
  name: OwnService,
  settings: Environment,
  url: string,
): Promise<RunningDaemon> {
  const startedAt = Date.now();
  const plan: DaemonPlan = {
    ...ownPlan(at, name),
    argv: [process.execPath, join(at.root, ENTRY[name])],
    env: settings,
    logFile: join(at.log, `${name}.log`),
    ready:
      name === "api"
        ? () => answers(`${url}/healthz`)
        : async () => Date.now() - startedAt >= WORKER_SETTLES_MS,
    startMsMax: START_MS_MAX,
  };
  await stopByPidFile(plan);
  return adoptOrStart(plan);
}

export function ownPlan(at: Places, name: OwnService): Pick<DaemonPlan, "name" | "pidFile" | "stopMsMax"> {
  return { name, pidFile: join(at.sockets, `${name}.pid`), stopMsMax: STOP_MS_MAX };
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
}

/** The pid file of `up` itself. */
export function upPidFile(at: Places): string {
  return join(at.sockets, "up.pid");
}

/** Where a person on this host reaches the API. */
export function urlOf(config: Config): string {
  const { host, port } = config.listen;
  return `http://${host === "0.0.0.0" || host === "::" ? "localhost" : host}:${port}`;
}

/** Where a browser begins: the external portal, or the API where nothing is in front of it. */
export function portalUrl(config: Config): string {
  const portal = portalOrigin(config.domain, "EXTERNAL");
  return config.portalOrigins.includes(portal) ? portal : urlOf(config);
}

const READY_MS_MAX = 30_000;

/** Waits until everything that a session needs is there. @returns what still is not, in a person's words */
export async function readiness(url: string): Promise<string[]> {
  const giveUpAt = Date.now() + READY_MS_MAX;
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    if (answer?.ok) return [];
    if (Date.now() >= giveUpAt)
      return answer === undefined ? ["The API does not answer."] : problems(await answer.json());
    await Bun.sleep(300);
  }
}

function problems(body: { readonly data?: Readiness }): string[] {
  const checks = body.data?.checks ?? [];
  return checks
    .filter(({ ok }) => !ok)
    .map(({ name, problem }) => `not ready: ${name}: ${problem ?? "unknown"}`);
}
