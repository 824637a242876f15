import { join } from "node:path";

import { type Domain, portalHost, portalOrigin } from "@medforge/core/hosts";

import { type Caddy, startCaddy } from "./caddy.ts";
import { type House, openHouse } from "./house.ts";
import type { Person } from "./person.ts";
import { type Answer, rawRequest } from "./raw-http.ts";
import { freePort } from "./server.ts";

/** A house with the real Caddy in front: what people's browsers meet. */
export interface Front {
  readonly house: House;
  readonly caddy: Caddy;
  readonly domain: Domain;
  /** Host and port of the external portal. */
  readonly portal: string;
  /** One GET over TLS with these header lines, as they are; a Cookie is one of them. */
  ask(host: string, path: string, lines?: readonly string[]): Promise<Answer>;
  /** Follows a link to a session's host through the portal. @returns the cookie for that host, `name=value` */
  enter(who: Person, host: string): Promise<string>;
  close(): Promise<void>;
}

/** What a browser sends with a page that somebody opens. */
export const NAVIGATION = ["Accept: text/html,*/*", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];

/** @param options.site folder of the built site, for its files with hashed names */
export async function openFront(options: { readonly site?: string } = {}): Promise<Front> {
  const domain = { name: "localhost", port: await freePort() };
  const house = await openHouse({
    origin: portalOrigin(domain, "EXTERNAL"),
    environment: { MEDFORGE_DOMAIN: domain.name, MEDFORGE_HTTPS_PORT: String(domain.port) },
  });
  const api = house.server().url.slice("http://".length);
  const caddy = await startCaddy(join(house.folder, "caddy"), api, { port: domain.port, ...options }).catch(
    async (error) => {
      await house.close();
      throw error;
    },
  );
  const ca = await caddy.ca();
  const portal = portalHost(domain, "EXTERNAL");

  const ask: Front["ask"] = (host, path, lines = []) =>
    rawRequest({
      port: domain.port,
      ca,
      sni: host.split(":")[0] ?? "",
      lines: [
        `GET ${path} HTTP/1.1`,
        `Host: ${host}`,
        ...(lines.some((line) => line.startsWith("Connection:")) ? [] : ["Connection: close"]),
        ...lines,
      ],
    });

  return {
    house,
    caddy,
    domain,
    portal,
    ask,
    async enter(who, host) {
      const wish = `/api/v2/auth/session-ticket?${new URLSearchParams({ host, next: "/" })}`;
      const sent = await ask(portal, wish, [...NAVIGATION, `Cookie: ${who.cookie()}`]);
      const location = sent.headers.get("location");
      if (location === null) throw new Error(`not let in: ${sent.status} ${sent.body}`);
      const ticket = new URL(location);
      const entered = await ask(ticket.host, ticket.pathname + ticket.search, NAVIGATION);
      const cookie = entered.headers.get("set-cookie")?.split(";")[0];
      if (cookie === undefined) throw new Error(`not let in: ${entered.status} ${entered.body}`);
      return cookie;
    },
    async close() {
      await caddy.stop();
      await house.close();
    },
  };
}
