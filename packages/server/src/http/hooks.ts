import { MedforgeError } from "@medforge/core/errors";
import type { Elysia } from "elysia";

import type { Deps } from "../deps.ts";
import { httpRequestSeconds } from "../metrics.ts";
import { readJson, takesFile } from "./body.ts";
import { beginFacts, factsOf } from "./facts.ts";
import { meaningOf } from "./faults.ts";
import { standingHeaders } from "./headers.ts";
import { guardOrigin } from "./origin.ts";
import { problemResponse, statusOf } from "./problems.ts";
import { admit } from "./viewer.ts";

const UNLOGGED = new Set(["/healthz", "/readyz"]);

/**
 * What happens around every route, in this order: facts, origin, who is asking, only then the body.
 * In Elysia 1.4 a `parse` hook is the only one that runs before the body is read, and it does not run for GET;
 * `transform` runs for both, before anything is validated.
 * @param hooks.methodsAt which methods something answers at this path, for a helpful 404
 * @param hooks.peerOf address of the other end of the connection
 */
export function houseHooks(
  deps: Deps,
  hooks: {
    readonly methodsAt: (path: string) => readonly string[];
    readonly peerOf: (request: Request) => string | undefined;
  },
) {
  return (app: Elysia) =>
    app
      .onRequest(({ request, set }) => {
        const facts = beginFacts(deps, request, hooks.peerOf(request));
        Object.assign(set.headers, standingHeaders(facts.requestId));
        guardOrigin(deps.config, request);
      })
      .onParse(async ({ request, route }) => {
        await admit(deps, request, route);
        // Anything but undefined, or Elysia would read and hold the body by itself.
        return takesFile(request.method, route) ? null : readJson(request);
      })
      .onTransform(async ({ request, route }) => {
        await admit(deps, request, route);
      })
      .onError(({ request, error, code }) => {
        const facts = factsOf(request);
        const path = new URL(request.url).pathname;
        const allow = code === "NOT_FOUND" ? hooks.methodsAt(path) : [];
        const meaning = code === "NOT_FOUND" ? nothingHere(request, path, allow) : meaningOf(error);
        const status = statusOf(meaning?.code ?? "internal_error");
        facts.problemStatus = status;
        const fields = { request_id: facts.requestId, method: request.method, code: meaning?.code ?? null };
        if (meaning === undefined) deps.log.error("http.failed", fields, forLog(error));
        else if (status >= 500) deps.log.error("http.unavailable", fields, meaning.cause ?? meaning);
        return problemResponse(meaning ?? "internal_error", {
          instance: path,
          requestId: facts.requestId,
          headers: {
            ...standingHeaders(facts.requestId),
            ...(allow.length > 0 ? { allow: allow.join(", ") } : {}),
          },
        });
      })
      .onAfterResponse(({ request, route, set }) => {
        const facts = factsOf(request);
        const status = facts.problemStatus ?? (typeof set.status === "number" ? set.status : 200);
        const ms = deps.clock.now() - facts.startedAtMs;
        httpRequestSeconds.observe(
          { method: request.method, route: route || "none", status: String(status) },
          ms / 1000,
        );
        if (UNLOGGED.has(route)) return;
        deps.log.info("http.request", {
          request_id: facts.requestId,
          method: request.method,
          route: route || "none",
          status,
          ms,
          user_id: facts.caller?.user.id,
          token_id: facts.caller?.by === "token" ? facts.caller.token.id : undefined,
        });
      });
}

function nothingHere(request: Request, path: string, allow: readonly string[]): MedforgeError {
  return new MedforgeError(
    "not_found",
    allow.length === 0
      ? `Nothing answers at ${path.slice(0, 200)}. /docs lists every route.`
      : `${path.slice(0, 200)} does not answer ${request.method}, only ${allow.join(", ")}.`,
  );
}

/** A response that does not fit its schema carries the data itself: only the place of the fault goes to the log. */
function forLog(error: unknown): unknown {
  if (!(error instanceof Error) || !("type" in error) || error.type !== "response") return error;
  const faults = "all" in error && Array.isArray(error.all) ? error.all : [];
  const places = faults.map((fault: { path?: string; message?: string }) => `${fault.path} ${fault.message}`);
  return new Error(`an answer does not fit its schema: ${places.slice(0, 5).join("; ")}`);
}
