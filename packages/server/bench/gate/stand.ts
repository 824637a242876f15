import { join } from "node:path";

import { sessionHost } from "@medforge/core/hosts";
import { scratchDatabase } from "@medforge/db/testing";

import { startCaddy } from "../../e2e/caddy.ts";
import { freePort, startServer } from "../../e2e/server.ts";
import { APP_COOKIE } from "../../src/modules/gate/gate.ts";
import { GATE_PATH } from "../../src/modules/gate/index.ts";
import { addRows, type Counts } from "./rows.ts";
import type { Asked, Target } from "./wrk.ts";

/** What is measured of ours, over one database. */
export interface Stand {
  /** The name that has to lead to this machine. */
  readonly host: string;
  /** Through Caddy, as one visitor. */
  readonly throughCaddy: Target;
  /** The gate itself, as the same visitor: from memory, and asking the database every time. */
  readonly fromMemory: Target;
  readonly everyLookUp: Target;
  /** As all visitors in turn. */
  readonly allFromMemory: Target;
  readonly allLookUps: Target;
  close(): Promise<void>;
}

/** The real server twice, one of them remembering nothing, over a database with so many rows; and a Caddy. */
export async function openStand(
  folder: string,
  counts: Counts,
  container: { readonly address: string; readonly port: number },
): Promise<Stand> {
  const undo: (() => Promise<unknown>)[] = [];
  const scratch = await scratchDatabase();
  undo.push(() => scratch.drop());
  // No container is behind these sessions: the loop would end them.
  const lock = await scratch.db.tryLock("medforge.reconciler");
  undo.push(async () => lock?.release());
  const visitors = await addRows(scratch.db, counts, container.address);
  const httpsPort = await freePort();
  const server = async (cacheMs: number) => {
    const environment = {
      DATABASE_URL: scratch.url,
      MEDFORGE_RUNTIME: "memory",
      MEDFORGE_STATE_DIR: join(folder, `state-${cacheMs}`),
      MEDFORGE_DOMAIN: "localhost",
      MEDFORGE_HTTPS_PORT: String(httpsPort),
      MEDFORGE_GATE_CACHE_MS: String(cacheMs),
    };
    const started = await startServer(environment, join(folder, `server-${cacheMs}.log`));
    undo.push(() => started.stop());
    return started.url;
  };
  const remembering = await server(1_500);
  const forgetful = await server(0);
  const caddy = await startCaddy(join(folder, "caddy"), remembering.slice("http://".length), {
    port: httpsPort,
  });
  undo.push(() => caddy.stop());

  const all = visitors.map(({ slug, token }) => ({
    host: sessionHost(
      { name: "localhost", port: httpsPort },
      { slug, exposure: "EXTERNAL", port: container.port },
    ),
    cookie: `theme=dark; ${APP_COOKIE}=${token}`,
  }));
  const [first] = all;
  if (first === undefined) throw new Error("no session was made");
  const asCaddyAsks = all.map(
    ({ host, cookie }): Asked => ({
      Cookie: cookie,
      "X-Forwarded-For": "127.0.0.1",
      "X-Forwarded-Host": host,
      "X-Forwarded-Method": "GET",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Uri": "/",
    }),
  );
  return {
    host: first.host.split(":")[0] ?? "",
    throughCaddy: { url: `https://${first.host}/`, asked: [{ Cookie: first.cookie }] },
    fromMemory: { url: `${remembering}${GATE_PATH}`, asked: asCaddyAsks.slice(0, 1) },
    everyLookUp: { url: `${forgetful}${GATE_PATH}`, asked: asCaddyAsks.slice(0, 1) },
    allFromMemory: { url: `${remembering}${GATE_PATH}`, asked: asCaddyAsks },
    allLookUps: { url: `${forgetful}${GATE_PATH}`, asked: asCaddyAsks },
    async close() {
      for (const step of undo.reverse()) await step();
    },
  };
}
