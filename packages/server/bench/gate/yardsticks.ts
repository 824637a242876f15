import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startDaemon } from "@medforge/runtime/command";

import { hostOf } from "../../e2e/caddy.ts";
import { freePort } from "../../e2e/server.ts";
import { until } from "../../e2e/until.ts";
import type { Target } from "./wrk.ts";

/** What ours is held against, before the same container. */
export interface Yardsticks {
  readonly hosts: readonly string[];
  readonly alone: Target;
  readonly floor: Target;
  close(): Promise<void>;
}

const CONFIG = fileURLToPath(new URL("./yardsticks.Caddyfile", import.meta.url));
const CONSTANT = fileURLToPath(new URL("./constant.ts", import.meta.url));

/** A process that always says the same: a container's app, or, with an upstream to name, a gate that decides nothing. */
export async function startConstant(folder: string, host: string, port: number, upstream?: string) {
  const argv = [
    process.execPath,
    CONSTANT,
    host,
    String(port),
    ...(upstream === undefined ? [] : [upstream]),
  ];
  return started(argv, join(folder, `constant-${port}.log`), {}, () => fetch(`http://${host}:${port}/`));
}

export async function openYardsticks(folder: string, upstream: string): Promise<Yardsticks> {
  const gatePort = await freePort();
  const gate = await startConstant(folder, "127.0.0.1", gatePort, upstream);
  const port = await freePort();
  const environment = {
    PORT: String(port),
    UPSTREAM: upstream,
    CONSTANT: `127.0.0.1:${gatePort}`,
    STORAGE: join(folder, "yardsticks"),
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  const hosts = [hostOf("alone"), hostOf("floor")] as const;
  const caddy = await started(
    ["caddy", "run", "--config", CONFIG, "--adapter", "caddyfile"],
    join(folder, "yardsticks.log"),
    environment,
    () => Promise.all(hosts.map((host) => pageOf(host, port))),
  );
  const [alone, floor] = hosts.map((host) => ({
    url: `https://${host}:${port}/`,
    asked: [{ Cookie: "a=1" }],
  }));
  if (alone === undefined || floor === undefined) throw new Error("there are two");
  return {
    hosts,
    alone,
    floor,
    async close() {
      await caddy();
      await gate();
    },
  };
}

function pageOf(host: string, port: number): Promise<Response> {
  const tls = { serverName: host, rejectUnauthorized: false };
  return fetch(`https://127.0.0.1:${port}/`, { headers: { host }, tls });
}

/** @returns what ends it */
async function started(
  argv: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>>,
  answers: () => Promise<unknown>,
): Promise<() => Promise<unknown>> {
  const daemon = startDaemon(argv, { logFile, env });
  await until(`${argv.join(" ")} to answer`, 15_000, async () => (await answers()) !== undefined, 50);
  return () => {
    daemon.kill("SIGTERM");
    return daemon.exited;
  };
}
