import { join } from "node:path";

import { type Domain, portalHost, portalOrigin } from "@medforge/core/hosts";

import { COOKIE } from "../src/http/viewer.ts";
import { APP_COOKIE } from "../src/modules/gate/gate.ts";
import { type Caddy, startCaddy } from "./caddy.ts";
import { type House, openHouse } from "./house.ts";
import type { Person } from "./person.ts";
import { type Answer, rawRequest } from "./raw-http.ts";
import { freePort, type ServerProcess } from "./server.ts";
import { type Visitor, visitor } from "./visitor.ts";

/** A house with the real Caddy in front: what people's browsers meet. */
export interface Front {
  readonly house: House;
  readonly caddy: Caddy;
  readonly domain: Domain;
  /** Host and port of the external portal. */
  readonly portal: string;
  /** The server that Caddy asks. */
  readonly asked: ServerProcess;
  /** One GET over TLS with these header lines, as they are; a Cookie is one of them. */
  ask(host: string, path: string, lines?: readonly string[]): Promise<Answer>;
  /** A browser without any cookie. */
  stranger(): Visitor;
  /** Follows a link to a session's host through the portal. @returns the cookie for that host, `name=value` */
  enter(who: Person, host: string): Promise<string>;
  close(): Promise<void>;
}

export interface FrontOptions {
  readonly gpus?: number;
  /** Of two, Caddy asks the first, and people's programs talk to the second: what one is told, the other has to find out. */
  readonly servers?: 1 | 2;
  /** Folder of the built site, for its files with hashed names. */
  readonly site?: string;
}

export async function openFront(options: FrontOptions = {}): Promise<Front> {
  const domain = { name: "localhost", port: await freePort() };
  const house = await openHouse({
    ...(options.gpus === undefined ? {} : { gpus: options.gpus }),
    origin: portalOrigin(domain, "EXTERNAL"),
    environment: { MEDFORGE_DOMAIN: domain.name, MEDFORGE_HTTPS_PORT: String(domain.port) },
  });
  try {
    return await furnish(house, domain, options);
  } catch (error) {
    await house.close();
    throw error;
  }
}

async function furnish(house: House, domain: Domain, { site, servers }: FrontOptions): Promise<Front> {
  const { port } = domain;
  const asked = house.server();
  const caddy = await startCaddy(join(house.folder, "caddy"), asked.url.slice("http://".length), {
    port,
    ...(site === undefined ? {} : { site }),
  });
  if (servers === 2) await house.startServer();
  const ca = await caddy.ca();
  const portal = portalHost(domain, "EXTERNAL");
  const nameOf = (host: string) => host.split(":")[0] ?? "";
  const stranger = () => visitor({ port, ca });

  return {
    house,
    caddy,
    domain,
    portal,
    asked,
    ask: (host, path, lines = []) =>
      rawRequest({
        port,
        ca,
        sni: nameOf(host),
        lines: [
          `GET ${path} HTTP/1.1`,
          `Host: ${host}`,
          ...(lines.some((line) => line.startsWith("Connection:")) ? [] : ["Connection: close"]),
          ...lines,
        ],
      }),
    stranger,
    async enter(who, host) {
      const browser = stranger();
      browser.keep(nameOf(portal), COOKIE, who.cookie().slice(`${COOKIE}=`.length));
      const { status, body } = await browser.open(nameOf(host));
      const app = browser.cookie(nameOf(host), APP_COOKIE);
      if (app === undefined) throw new Error(`not let in: ${status} ${body}`);
      return `${APP_COOKIE}=${app}`;
    },
    async close() {
      await caddy.stop();
      await house.close();
    },
  };
}
