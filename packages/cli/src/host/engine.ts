import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { MachineError } from "@medforge/runtime/errors";

import { adoptOrStart, type DaemonPlan, type RunningDaemon } from "./daemon.ts";
import type { Places } from "./places.ts";
import { findProgram } from "./programs.ts";

export interface Engine extends RunningDaemon {
  /** For DOCKER_HOST: `unix:///…/docker.sock`. */
  readonly host: string;
}

/** The socket that a Docker of the host listens on. */
export const HOST_ENGINE = "unix:///var/run/docker.sock";

/** True when this checkout has an engine of its own, running or not: it is used again, its images are there. */
export function hasOwnEngine(at: Places): boolean {
  return existsSync(dataRoot(at));
}

/** True when a Docker engine answers at this DOCKER_HOST. */
export async function engineAnswers(host: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(3_000);
    const path = host.startsWith("unix://") ? host.slice("unix://".length) : undefined;
    const answer =
      path === undefined
        ? await fetch(`${host.replace(/^tcp:/, "http:")}/_ping`, { signal })
        : await fetch("http://docker/_ping", { unix: path, signal });
    return answer.ok;
  } catch {
    return false;
  }
}

/**
 * Afterwards a private Docker engine runs. Containers go on when it is restarted (`--live-restore`), so a crash of
 * the engine drops nobody's session.
 * @throws MachineError `broken` when it is not installed, does not start or we are not root
 */
export async function ensureEngine(at: Places): Promise<Engine> {
  const dockerd = findProgram("dockerd");
  if (!dockerd) {
    throw new MachineError("broken", "Docker is not installed", "Install it: apt-get install docker.io");
  }
  if (process.getuid?.() !== 0) {
    throw new MachineError(
      "broken",
      "a private Docker engine needs root",
      "Run `./medforge up` as root, set DOCKER_HOST to an engine you may use, or pass `--runtime memory`.",
    );
  }
  const run = join(at.sockets, "docker");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const host = `unix://${join(run, "docker.sock")}`;
  const plan: DaemonPlan = {
    name: "dockerd",
    argv: [
      dockerd,
      `--data-root=${dataRoot(at)}`,
      `--exec-root=${join(run, "exec")}`,
      `--pidfile=${join(run, "dockerd.pid")}`,
      `--host=${host}`,
      "--live-restore",
      // Docker's own pools include 172.30.0.0/16, where the sessions' networks live.
      "--default-address-pool=base=172.29.0.0/16,size=24",
    ],
    pidFile: join(at.sockets, "dockerd.pid"),
    logFile: join(at.log, "dockerd.log"),
    ready: () => engineAnswers(host),
    startMsMax: 60_000,
    stopMsMax: 30_000,
  };
  return { ...(await adoptOrStart(plan)), host };
}

function dataRoot(at: Places): string {
  return join(at.state, "docker");
}
