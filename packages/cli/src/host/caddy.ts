import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { portalHost } from "@medforge/core/hosts";
import { MachineError } from "@medforge/runtime/errors";
import type { Config } from "@medforge/server/config";

import { adoptOrStart, type DaemonPlan, type RunningDaemon, stopByPidFile } from "./daemon.ts";
import type { Places } from "./places.ts";
import { findProgram } from "./programs.ts";

const START_MS_MAX = 20_000;
const ANSWER_MS_MAX = 2_000;

/**
 * Afterwards our own Caddy is in front of the API, on this machine alone, with certificates of a CA of this checkout's
 * own. One of an earlier `up` may have other settings: it goes.
 * @throws MachineError `broken` when it is not installed, or does not start: a port that is taken is in its log
 */
export async function startCaddy(at: Places, config: Config): Promise<RunningDaemon> {
  const program = findProgram("caddy");
  if (program === undefined) {
    throw new MachineError("broken", "Caddy is not installed", "Install it: apt-get install caddy");
  }
  const folder = join(at.state, "caddy");
  const run = join(at.sockets, "caddy");
  for (const own of [folder, run]) mkdirSync(own, { recursive: true, mode: 0o700 });
  const argv = [program, "run", "--config", join(at.root, "deploy/caddy/local.Caddyfile")];
  const plan: DaemonPlan = {
    ...caddyPlan(at),
    argv: [...argv, "--adapter", "caddyfile"],
    env: {
      // It keeps its last configuration below these.
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
      MEDFORGE_DOMAIN: config.domain.name,
      MEDFORGE_HTTPS_PORT: String(config.domain.port),
      MEDFORGE_API: `${config.listen.host}:${config.listen.port}`,
      MEDFORGE_SITE: join(at.root, "site/dist"),
      MEDFORGE_CADDY_STORAGE: folder,
      MEDFORGE_CADDY_ADMIN: join(run, "admin.sock"),
    },
    logFile: join(at.log, "caddy.log"),
    ready: async () => {
      copyFileSync(join(folder, "pki/authorities/local/root.crt"), caFile(at));
      chmodSync(caFile(at), 0o644);
      return answersAs(portalHost(config.domain, "EXTERNAL"), await Bun.file(caFile(at)).text());
    },
    startMsMax: START_MS_MAX,
  };
  await stopByPidFile(plan);
  return adoptOrStart(plan);
}

export function caddyPlan(at: Places): Pick<DaemonPlan, "name" | "pidFile" | "stopMsMax"> {
  return { name: "caddy", pidFile: join(at.sockets, "caddy.pid"), stopMsMax: 10_000 };
}

/** What a browser has to trust to know our Caddy; it holds no secret. */
export function caFile(at: Places): string {
  return join(at.state, "ca.crt");
}

/** @param host with the port, as browsers write it */
async function answersAs(host: string, ca: string): Promise<boolean> {
  const [serverName = "", port = "443"] = host.split(":");
  const answer = await fetch(`https://127.0.0.1:${port}/healthz`, {
    headers: { host },
    tls: { serverName, ca },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  return answer.ok;
}
