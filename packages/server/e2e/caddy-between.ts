import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Caddy, hostOf, startCaddy } from "./caddy.ts";
import { must } from "./house.ts";
import { type Answer, type Heard, type RawServer, rawRequest, rawServer } from "./raw-http.ts";

/**
 * The real Caddy with the routes of deploy/caddy, between an API and a container that only write down what they get:
 * what reaches them is the whole question. In a lab only: it takes an address of the sessions' network for itself.
 */
export interface Between {
  readonly folder: string;
  readonly caddy: Caddy;
  readonly api: RawServer;
  readonly container: RawServer;
  /** Forgets what was heard; the gate lets in, and the container answers with a few words. */
  reset(): void;
  /** The text with which the gate answers from now on. */
  rule(verdict: string): void;
  /** The text with which the container answers from now on. */
  show(page: string): void;
  /** One request over TLS, the host as the name in TLS too; a POST where there is a body. */
  ask(host: string, path: string, lines?: readonly string[], body?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Of the sessions' network, and of no session. */
export const CONTAINER = "172.30.255.250";
export const SESSION = hostOf("s-abcdefgh", "external");
export const PORTAL = hostOf("external");
export const LOGIN = "__Host-medforge_session=the-login";
export const APP = "__Host-medforge_app=the-ticket";

export async function openBetween(): Promise<Between> {
  const folder = mkdtempSync(join(tmpdir(), "medforge-caddy-"));
  let verdict = "";
  let page = "";
  await must(["ip", "address", "add", `${CONTAINER}/32`, "dev", "lo"]);
  const api = await rawServer("127.0.0.1", 0, ({ line }) =>
    line.startsWith("GET /api/v2/auth/session-proxy ") ? verdict : answered("200 OK", [], "from the API"),
  );
  const container = await rawServer(CONTAINER, 0, (asked) =>
    headerOf(asked, "upgrade") === undefined
      ? page
      : "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  );
  const reset = () => {
    api.heard.length = 0;
    container.heard.length = 0;
    verdict = passed(`${CONTAINER}:${container.port}`);
    page = answered("200 OK", [], "from the container");
  };
  reset();
  const caddy = await startCaddy(folder, `127.0.0.1:${api.port}`, { site: join(folder, "site") });
  const ca = await caddy.ca();
  return {
    folder,
    caddy,
    api,
    container,
    reset,
    rule: (text) => {
      verdict = text;
    },
    show: (text) => {
      page = text;
    },
    ask: (host, path, lines = [], body) =>
      rawRequest({
        port: caddy.port,
        ca,
        sni: host,
        lines: [
          `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
          `Host: ${host}:${caddy.port}`,
          ...(lines.some((line) => line.startsWith("Connection:")) ? [] : ["Connection: close"]),
          ...lines,
        ],
        ...(body === undefined ? {} : { body }),
      }),
    async close() {
      await caddy.stop();
      await Promise.all([api.close(), container.close()]);
      await must(["ip", "address", "del", `${CONTAINER}/32`, "dev", "lo"]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The gate's yes, to this `address:port`. */
export function passed(upstream: string): string {
  return answered("200 OK", [`X-MedForge-Upstream: ${upstream}`, "X-MedForge-User: ada"], "");
}

export function answered(status: string, lines: readonly string[], body: string): string {
  const length = `Content-Length: ${body.length}`;
  return [`HTTP/1.1 ${status}`, length, "Connection: close", ...lines, "", body].join("\r\n");
}

export function headerOf(heard: Heard | undefined, name: string): string | undefined {
  return heard?.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

export function cookiesOf(heard: Heard | undefined): string[] {
  const all = (headerOf(heard, "cookie") ?? "").split(";").map((pair) => pair.trim());
  return all.filter((pair) => pair !== "");
}

/** All of it, as it came. */
export function wire(heard: Heard | undefined): string {
  return JSON.stringify(heard ?? "nothing");
}
