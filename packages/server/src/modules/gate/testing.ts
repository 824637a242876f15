import type { Way } from "@medforge/core/access";

import type { Answered, House } from "../../testing.ts";
import { APP_COOKIE } from "./gate.ts";
import { GATE_PATH } from "./index.ts";

/** A browser before the gate, with Caddy's part played: it keeps a portal login, and one cookie for each host. */

export const WAYS: Readonly<Record<Way, Readonly<Record<string, string>>>> = {
  navigation: { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html,*/*" },
  fetch: { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "*/*" },
  websocket: { "sec-fetch-mode": "websocket", "sec-fetch-dest": "websocket" },
};

export interface Browser {
  /** What is kept for each session host. */
  readonly apps: Map<string, string>;
  /** Caddy's question for a request of this browser. */
  ask(host: string, way: Way, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** Follows a link to `next` on that host through the portal, as a person does. */
  enter(host: string, next?: string): Promise<Answered>;
  ticket(host: string, next?: string): Promise<Answered>;
  redeem(location: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

export function browser(house: Pick<House, "request">, portalCookie: string | undefined): Browser {
  const apps = new Map<string, string>();
  const page = WAYS.navigation;
  const one: Browser = {
    apps,
    ask: (host, way, headers = {}) => {
      const app = apps.get(host);
      return house.request("GET", GATE_PATH, {
        cookie: app === undefined ? undefined : `theme=dark; ${APP_COOKIE}=${app}`,
        headers: {
          ...WAYS[way],
          "x-forwarded-host": host,
          "x-forwarded-method": "GET",
          "x-forwarded-uri": "/lab",
          ...headers,
        },
      });
    },
    ticket: (host, next = "/") =>
      house.request("GET", `/api/v2/auth/session-ticket?${new URLSearchParams({ host, next })}`, {
        cookie: portalCookie,
        headers: page,
      }),
    async redeem(location, headers = {}) {
      const { host, search } = new URL(location);
      const answered = await house.request("GET", `/api/v2/auth/session-ticket/redeem${search}`, {
        headers: { ...page, "x-forwarded-host": host, ...headers },
      });
      const set = answered.headers.get("set-cookie")?.match(new RegExp(`^${APP_COOKIE}=([^;]+)`))?.[1];
      if (set !== undefined) apps.set(host, set);
      return answered;
    },
    async enter(host, next) {
      const ticket = await one.ticket(host, next);
      const location = ticket.headers.get("location");
      return location?.includes("/.medforge/ticket?") === true ? one.redeem(location) : ticket;
    },
  };
  return one;
}

/** Starts a session and lets it come up. @returns its id and the names of its hosts */
export async function runningSession(
  house: House,
  cookie: string,
  exposure: "external" | "internal" = "external",
) {
  // Of its own, so that one person can have several.
  const workspace = await house.request("POST", "/api/v2/workspaces", {
    cookie,
    body: { name: `w${crypto.randomUUID().slice(0, 8)}` },
  });
  const created = await house.request("POST", `/api/v2/${exposure}/sessions`, {
    cookie,
    body: { workspace_id: (workspace.body.data as { id: string }).id },
  });
  const { id, slug } = created.body.data as { id: string; slug: string };
  await house.reconciler.pass();
  await house.reconciler.idle();
  const { session } = (await house.db.sessions.byId(id)) ?? {};
  if (session?.state !== "RUNNING" || session.address === null)
    throw new Error(`no session: ${created.text}`);
  return {
    id,
    slug,
    address: session.address,
    host: `s-${slug}.${exposure}.medforge.localhost`,
    hostOf: (port: number) => `s-${slug}-${port}.${exposure}.medforge.localhost`,
  };
}
