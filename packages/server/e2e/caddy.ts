import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startDaemon } from "@medforge/runtime/command";

import { freePort } from "./server.ts";
import { until } from "./until.ts";

/** The real Caddy with the routes of deploy/caddy, as `./medforge up` starts it, in front of any API. */
export interface Caddy {
  readonly port: number;
  readonly adminSocket: string;
  /** The CA that its certificates are of, as PEM. */
  ca(): Promise<string>;
  stop(): Promise<void>;
}

const CADDYFILE = fileURLToPath(new URL("../../../deploy/caddy/local.Caddyfile", import.meta.url));
const READY_MS_MAX = 15_000;

/** The name of a host of ours, without the port: `external` is the portal's. */
export function hostOf(...labels: readonly string[]): string {
  return [...labels, "medforge.localhost"].join(".");
}

export async function startCaddy(
  folder: string,
  /** `host:port` where the API is. */
  api: string,
  options: { readonly port?: number; readonly site?: string } = {},
): Promise<Caddy> {
  const port = options.port ?? (await freePort());
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const adminSocket = join(folder, "admin.sock");
  const daemon = startDaemon(["caddy", "run", "--config", CADDYFILE, "--adapter", "caddyfile"], {
    logFile: join(folder, "caddy.log"),
    env: {
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      MEDFORGE_DOMAIN: "localhost",
      MEDFORGE_HTTPS_PORT: String(port),
      MEDFORGE_API: api,
      MEDFORGE_SITE: options.site ?? join(folder, "no-site"),
      MEDFORGE_CADDY_STORAGE: folder,
      MEDFORGE_CADDY_ADMIN: adminSocket,
    },
  });
  const ca = () => Bun.file(join(folder, "pki/authorities/local/root.crt")).text();
  const stop = async () => {
    daemon.kill("SIGTERM");
    await daemon.exited;
  };
  try {
    // Certificates are made one by one after it listens; the last site's is waited for as well.
    for (const host of [
      hostOf("external"),
      hostOf("internal"),
      hostOf("x", "external"),
      hostOf("x", "internal"),
    ]) {
      await until(`Caddy to answer as ${host}`, READY_MS_MAX, async () => {
        await fetch(`https://127.0.0.1:${port}/`, {
          headers: { host },
          tls: { serverName: host, ca: await ca() },
          signal: AbortSignal.timeout(2_000),
        });
        return true;
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, adminSocket, ca, stop };
}
