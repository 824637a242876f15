import { mayUseSurface, type Viewer } from "@medforge/core/access";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Login } from "@medforge/db/queries/logins";
import type { User } from "@medforge/db/queries/users";

import type { Deps } from "../deps.ts";
import { bearerFrom, callerByToken, guardScope } from "./bearer.ts";
import { COOKIE_ATTRIBUTES, tokensIn } from "./cookies.ts";
import { type Caller, type Facts, factsOf, type LoggedIn } from "./facts.ts";
import { isOpen } from "./open-doors.ts";
import { tokenHash } from "./secrets.ts";

/** Who is asking. Decided before the body is read, for every route that `open-doors.ts` does not name. */

export const COOKIE = "__Host-medforge_session";
export const LOGIN_IDLE_MS_MAX = 12 * 3_600_000;
export const LOGIN_MS_MAX = 7 * 86_400_000;
export const TOUCH_MS_MIN = 60_000;

/** Throws unless the caller may enter this route. Called by more than one hook; decides once. */
export function admit(deps: Deps, request: Request, route: string): Promise<void> {
  const facts = factsOf(request);
  facts.admitted ??= enter(deps, request, route, facts);
  return facts.admitted;
}

async function enter(deps: Deps, request: Request, route: string, facts: Facts): Promise<void> {
  if (isOpen(request.method, route)) return;
  const caller = await callerFrom(deps, request.headers, facts.address);
  facts.caller = caller;
  if (caller.by === "token") guardScope(caller.token, request.method, route);
  const viewer = viewerFrom(caller.user);
  if (route.startsWith("/api/v2/admin/") && viewer.role !== "admin") {
    throw new MedforgeError("forbidden", "Only admins may do this.");
  }
  if (route.startsWith("/api/v2/internal/") && !mayUseSurface(viewer, "INTERNAL")) throw internalRefused();
}

export function internalRefused(): MedforgeError {
  return new MedforgeError(
    "internal_access_required",
    "Internal sessions need a right that an admin gives. Ask one.",
  );
}

/** Whoever names a bearer is asked for nothing else: a token that does not work is not made good by a cookie. */
async function callerFrom(deps: Deps, headers: Headers, address: string): Promise<Caller> {
  const bearer = bearerFrom(headers);
  const caller =
    bearer === undefined
      ? await callerByCookie(deps, headers.get("cookie"))
      : await callerByToken(deps, bearer, address);
  if (caller !== undefined) return caller;
  throw new MedforgeError(
    "not_authenticated",
    bearer === undefined
      ? "Log in with `POST /api/v2/auth/login`, then try again."
      : "This token is unknown, expired or revoked. Make a new one with `POST /api/v2/me/tokens`.",
  );
}

/**
 * Of several live logins in one header the newest counts: whoever put another one there beside the person's own, that
 * person has only to log in to be themselves again.
 */
export async function callerByCookie(deps: Deps, cookies: string | null): Promise<LoggedIn | undefined> {
  const now = deps.clock.now();
  let newest: LoggedIn | undefined;
  for (const token of tokensIn(cookies, COOKIE)) {
    const found = await deps.db.logins.byTokenHash(tokenHash(token));
    if (found === undefined || !isLive(found.login, now) || found.user.disabledAt !== null) continue;
    if (newest === undefined || found.login.id > newest.login.id) newest = { by: "login", ...found };
  }
  if (newest !== undefined && now - newest.login.lastSeenAt >= TOUCH_MS_MIN) {
    await deps.db.logins.touch(newest.login.id, now);
  }
  return newest;
}

/** Who is logged in, for an open door that greets people by name; undefined for a stranger. */
export async function visitorOf(deps: Deps, request: Request): Promise<User | undefined> {
  return (await callerByCookie(deps, request.headers.get("cookie")))?.user;
}

export function isLive(login: Pick<Login, "revokedAt" | "expiresAt" | "lastSeenAt">, now: number): boolean {
  return login.revokedAt === null && now < login.expiresAt && now - login.lastSeenAt < LOGIN_IDLE_MS_MAX;
}

export function viewerFrom(user: Pick<User, "id" | "role" | "canUseInternal">): Viewer {
  return { userId: user.id, role: user.role, canUseInternal: user.canUseInternal };
}

/** In a handler of a closed route. */
export function callerOf(request: Request): Caller {
  const { caller } = factsOf(request);
  assert(caller !== undefined, "a closed route has a caller; is it in open-doors.ts by mistake?");
  return caller;
}

/** In a handler of a route that no token opens. */
export function loggedInOf(request: Request): LoggedIn {
  const caller = callerOf(request);
  assert(caller.by === "login", "no token opens this route; is it in token-scopes.ts by mistake?");
  return caller;
}

export function viewerOf(request: Request): Viewer {
  return viewerFrom(callerOf(request).user);
}

export function loginCookie(token: string): string {
  return `${COOKIE}=${token}; ${COOKIE_ATTRIBUTES}; Max-Age=${LOGIN_MS_MAX / 1000}`;
}

export function clearedCookie(): string {
  return `${COOKIE}=; ${COOKIE_ATTRIBUTES}; Max-Age=0`;
}
