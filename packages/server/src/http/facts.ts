import { isIP } from "node:net";

import { assert } from "@medforge/core/assert";
import type { ApiToken } from "@medforge/db/queries/api-tokens";
import type { Login } from "@medforge/db/queries/logins";
import type { User } from "@medforge/db/queries/users";

import { type Deps, newId } from "../deps.ts";

/** What is known about a request from its first moment on, beside what the caller wrote. */
export interface Facts {
  readonly requestId: string;
  /** Of the client, as far as we can trust it. */
  readonly address: string;
  readonly startedAtMs: number;
  /** Decided once, before the body is read. */
  admitted: Promise<void> | undefined;
  caller: Caller | undefined;
  /** Of a problem that was answered. */
  problemStatus: number | undefined;
}

/** Who asks, and by what right. */
export type Caller = LoggedIn | ByToken;

/** A person: the cookie came with the request. */
export interface LoggedIn {
  readonly by: "login";
  readonly user: User;
  readonly login: Login;
}

/** A program with a bearer token. */
export interface ByToken {
  readonly by: "token";
  readonly user: User;
  readonly token: ApiToken;
}

const known = new WeakMap<Request, Facts>();

/** @param peer address of the other end of the connection; undefined when there is none, in a test */
export function beginFacts(deps: Deps, request: Request, peer: string | undefined): Facts {
  const facts: Facts = {
    requestId: requestIdFrom(request.headers.get("x-request-id")) ?? newId(deps),
    address: clientAddress(peer, request.headers.get("x-forwarded-for")),
    startedAtMs: deps.clock.now(),
    admitted: undefined,
    caller: undefined,
    problemStatus: undefined,
  };
  known.set(request, facts);
  return facts;
}

export function factsOf(request: Request): Facts {
  const facts = known.get(request);
  assert(facts !== undefined, "every request begins in onRequest");
  return facts;
}

/** The proxy's or the client's own id, so that logs on both sides can be joined; only if it is harmless. */
export function requestIdFrom(header: string | null): string | undefined {
  return header !== null && /^[A-Za-z0-9._-]{8,64}$/.test(header) ? header : undefined;
}

/** `X-Forwarded-For` counts only from the loopback, where our own proxy is, and only its last, own entry. */
export function clientAddress(peer: string | undefined, forwarded: string | null): string {
  const direct = peer?.replace(/^::ffff:/, "") ?? "127.0.0.1";
  if (forwarded === null || !/^(127\.|::1$)/.test(direct)) return direct;
  const last = forwarded.split(",").at(-1)?.trim() ?? "";
  return isIP(last) === 0 ? direct : last;
}
