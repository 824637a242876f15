import { MedforgeError } from "@medforge/core/errors";
import { parseSessionHost, portalOrigin, type SessionHost, sessionHost } from "@medforge/core/hosts";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { COOKIE_ATTRIBUTES } from "../../http/cookies.ts";
import { factsOf } from "../../http/facts.ts";
import { standingHeaders } from "../../http/headers.ts";
import { router } from "../../http/router.ts";
import { callerByCookie, LOGIN_MS_MAX } from "../../http/viewer.ts";
import { APP_COOKIE, type Gate } from "./gate.ts";
import { pathOnHost } from "./path-on-host.ts";
import { hostAsked, isDrivenFromElsewhere, takesPage, wayOf } from "./question.ts";
import { type Asker, refusal, refuse } from "./refusal.ts";
import { issueTicket, redeemTicket } from "./tickets.ts";

/** Answered by the gate itself where somebody listens; the route is for those who ask the app directly. */
export const GATE_PATH = "/api/v2/auth/session-proxy";
const Nothing = t.Any({ description: "Nothing; the answer is in the headers." });
const ENTRY = "/api/v2/auth/session-ticket";

/** What is wrong with them a person reads on a page, so they are not checked before. */
const Query = t.Object({
  host: t.Optional(t.String()),
  next: t.Optional(t.String()),
  ticket: t.Optional(t.String()),
});

const TICKET_CODES = [
  "not_authenticated",
  "forbidden",
  "internal_access_required",
  "origin_not_allowed",
  "not_found",
  "rate_limited",
] as const;

/** Ways into a session's host: Caddy's question, and what turns a login on the portal into one there. */
export function gateRoutes(deps: Deps, gate: Gate) {
  const { domain } = deps.config;

  /** A person gets a page, with a way on; a program the problem that the house makes of what is thrown. */
  async function forPerson(
    request: Request,
    set: { status?: number | string },
    link: Asker["link"],
    work: () => Promise<Response>,
  ): Promise<Response> {
    const { requestId } = factsOf(request);
    try {
      if (isDrivenFromElsewhere(request.headers)) throw refusal("origin_not_allowed");
      return await work();
    } catch (error) {
      if (!takesPage(request.headers)) throw error;
      const instance = new URL(request.url).pathname;
      const page = refuse(error, { requestId, instance, takesPage: true, link });
      // For the log.
      set.status = page.status;
      return page;
    }
  }

  const redirect = (request: Request, set: { status?: number | string }, headers: Record<string, string>) => {
    set.status = 302;
    return new Response(null, {
      status: 302,
      headers: {
        ...standingHeaders(factsOf(request).requestId),
        "referrer-policy": "no-referrer",
        ...headers,
      },
    });
  };

  return router("/auth")
    .get("/session-proxy", ({ request }) => gate(request), {
      response: { 200: Nothing },
      detail: about(
        "gate",
        "Whether a request for a session's host may pass; only Caddy asks this",
        ["not_authenticated", "forbidden", "internal_access_required", "origin_not_allowed", "not_found"],
        "Passing, it is answered with `X-MedForge-Upstream` and `X-MedForge-User`; a person without a login on that host is sent to fetch a ticket (302).",
      ),
    })
    .get(
      "/session-ticket",
      ({ request, query, set }) =>
        forPerson(request, set, { href: "/", label: "To the portal" }, async () => {
          const host = hostFrom(deps, query.host ?? "");
          const next = nextFrom(query.next);
          const caller = await callerByCookie(deps, request.headers.get("cookie"));
          if (caller === undefined) {
            if (wayOf(request.headers) !== "navigation") throw refusal("not_authenticated");
            const here = `${ENTRY}?${new URLSearchParams({ host: sessionHost(domain, host), next })}`;
            return redirect(request, set, { location: `/login/?${new URLSearchParams({ next: here })}` });
          }
          const ticket = await issueTicket(deps, caller, host);
          const location = `https://${sessionHost(domain, host)}/.medforge/ticket?${new URLSearchParams({ ticket, next })}`;
          return redirect(request, set, { location });
        }),
      {
        query: Query,
        response: { 200: Nothing },
        detail: about(
          "gate",
          "From the portal to a session's host: makes a ticket and sends the browser there (302)",
          TICKET_CODES,
        ),
      },
    )
    .get(
      "/session-ticket/redeem",
      ({ request, query, set }) => {
        const asked = hostAsked(request.headers);
        return forPerson(request, set, wayBack(deps, asked), async () => {
          const host = hostFrom(deps, asked);
          const next = nextFrom(query.next);
          const { requestId, address } = factsOf(request);
          const token = await redeemTicket(deps, query.ticket ?? "", host, { requestId, address });
          return redirect(request, set, {
            location: `https://${sessionHost(domain, host)}${next}`,
            "set-cookie": `${APP_COOKIE}=${token}; ${COOKIE_ATTRIBUTES}; Max-Age=${LOGIN_MS_MAX / 1000}`,
          });
        });
      },
      {
        query: Query,
        response: { 200: Nothing },
        detail: about(
          "gate",
          "On a session's host: turns a ticket into a login there (302)",
          TICKET_CODES,
          "Caddy asks this for `/.medforge/ticket`.",
        ),
      },
    );
}

/** @throws MedforgeError `not_found` */
function hostFrom(deps: Deps, text: string): SessionHost {
  const host = parseSessionHost(deps.config.domain, text);
  if (host === undefined) throw refusal("not_found");
  return host;
}

/** @throws MedforgeError `invalid_request` */
function nextFrom(text: string | undefined): string {
  const next = pathOnHost(text ?? "/");
  if (next !== undefined) return next;
  throw new MedforgeError("invalid_request", "Where to go next must be a path on the session's own host.", {
    fields: [{ path: "next", message: "must be a path that begins with one slash" }],
  });
}

function wayBack(deps: Deps, asked: string): Asker["link"] {
  const host = parseSessionHost(deps.config.domain, asked);
  return host === undefined
    ? { href: `${portalOrigin(deps.config.domain, "EXTERNAL")}/`, label: "To the portal" }
    : { href: `https://${sessionHost(deps.config.domain, host)}/`, label: "Open the session" };
}
