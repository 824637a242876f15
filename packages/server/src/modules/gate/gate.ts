import type { Passage } from "@medforge/core/access";
import { type Domain, portalOrigin, type SessionHost, sessionHost } from "@medforge/core/hosts";

import { type Deps, newId } from "../../deps.ts";
import { tokensIn } from "../../http/cookies.ts";
import { requestIdFrom } from "../../http/facts.ts";
import { meaningOf } from "../../http/faults.ts";
import { standingHeaders } from "../../http/headers.ts";
import { gateAnswers } from "../../metrics.ts";
import { pathOnHost } from "./path-on-host.ts";
import { hostAsked, isForeign, takesPage, uriAsked, wayOf } from "./question.ts";
import { type Asker, type Refused, refusal, refuse } from "./refusal.ts";
import { createVisits, type Known } from "./visits.ts";

/** With a counter of its own for each answer: to find it by its label takes longer than all the rest. */
const counters = new Map<string, { inc(): void }>();
function count(answer: string): void {
  let counter = counters.get(answer);
  if (counter === undefined) {
    counter = gateAnswers.labels(answer);
    counters.set(answer, counter);
  }
  counter.inc();
}

/** The credential on a session's host; the portal's never gets there. */
export const APP_COOKIE = "__Host-medforge_app";

/**
 * Answers Caddy's question whether a request for a session's host may pass. It is asked for every request of every
 * session: as long as what is known is fresh, the answer is given without waiting for anything.
 */
export type Gate = (request: Request) => Response | Promise<Response>;

export function createGate(deps: Deps): Gate {
  const { domain } = deps.config;
  const visits = createVisits(deps);
  deps.rights.listen(visits.forget);
  deps.bell.listen(visits.forget);

  /** Of several logins the first that passes counts: whoever put another one there locks nobody out. */
  async function slowly(
    request: Request,
    tokens: readonly string[],
    first: Known | undefined | Promise<Known>,
  ): Promise<Response> {
    try {
      let known = await first;
      for (const token of tokens.slice(1)) {
        if (known?.passage("fetch") === "pass") break;
        const other = await visits.look(hostAsked(request.headers), token);
        if (other?.passage("fetch") === "pass") known = other;
      }
      return answer(domain, request, known, () => requestIdOf(deps, request));
    } catch (error) {
      count("failed");
      if (meaningOf(error) === undefined) deps.log.error("gate.failed", {}, error);
      return refuse(error, askerOf(domain, request, undefined, requestIdOf(deps, request)));
    }
  }

  return (request) => {
    const tokens = tokensIn(request.headers.get("cookie"), APP_COOKIE);
    const known = visits.look(hostAsked(request.headers), tokens[0] ?? "");
    if (known instanceof Promise || tokens.length > 1) return slowly(request, tokens, known);
    return answer(domain, request, known, () => requestIdOf(deps, request));
  };
}

function answer(
  domain: Domain,
  request: Request,
  known: Known | undefined,
  requestId: () => string,
): Response {
  const { headers } = request;
  const verdict = verdictOn(domain, headers, known);
  count(verdict);
  if (known !== undefined && verdict === "pass") return new Response(null, { headers: known.headers });
  if (known !== undefined && verdict === "log-in") return toPortal(domain, known.host, headers, requestId());
  return refuse(refusal(verdict as Refused), askerOf(domain, request, known?.host, requestId()));
}

function verdictOn(
  domain: Domain,
  headers: Headers,
  known: Known | undefined,
): Passage | "origin_not_allowed" {
  if (known === undefined) return "not_found";
  const passage = known.passage(wayOf(headers));
  return passage === "pass" && isForeign(headers, domain, known.host) ? "origin_not_allowed" : passage;
}

function toPortal(domain: Domain, host: SessionHost, headers: Headers, requestId: string): Response {
  const query = new URLSearchParams({
    host: sessionHost(domain, host),
    next: pathOnHost(uriAsked(headers)) ?? "/",
  });
  const location = `${portalOrigin(domain, host.exposure)}/api/v2/auth/session-ticket?${query}`;
  return new Response(null, { status: 302, headers: { ...standingHeaders(requestId), location } });
}

function askerOf(domain: Domain, request: Request, host: SessionHost | undefined, requestId: string): Asker {
  const { headers } = request;
  return {
    requestId,
    instance: URL.parse(uriAsked(headers), "https://host.invalid")?.pathname ?? "/",
    takesPage: takesPage(headers),
    link: { href: `${portalOrigin(domain, host?.exposure ?? "EXTERNAL")}/`, label: "To the portal" },
  };
}

function requestIdOf(deps: Deps, request: Request): string {
  return requestIdFrom(request.headers.get("x-request-id")) ?? newId(deps);
}
