import { createHash } from "node:crypto";

import { mayUseSurface, type Viewer } from "@medforge/core/access";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Login } from "@medforge/db/queries/logins";
import type { User } from "@medforge/db/queries/users";

import type { Deps } from "../deps.ts";
import { type Caller, type Facts, factsOf } from "./facts.ts";
import { isOpen } from "./open-doors.ts";

/** Who is asking. Decided before the body is read, for every route that `open-doors.ts` does not name. */

export const COOKIE = "__Host-medforge_session";
export const LOGIN_IDLE_MS_MAX = 12 * 3_600_000;
export const LOGIN_MS_MAX = 7 * 86_400_000;
const TOUCH_MS_MIN = 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Throws unless the caller may enter this route. Called by more than one hook; decides once. */
export function admit(deps: Deps, request: Request, route: string): Promise<void> {
  const facts = factsOf(request);
  facts.admitted ??= enter(deps, request, route, facts);
  return facts.admitted;
}

async function enter(deps: Deps, request: Request, route: string, facts: Facts): Promise<void> {
  if (isOpen(request.method, route)) return;
  const caller = await callerFrom(deps, request.headers.get("cookie"));
  if (caller === undefined) {
    throw new MedforgeError("not_authenticated", "Log in with `POST /api/v2/auth/login`, then try again.");
  }
  facts.caller = caller;
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

async function callerFrom(deps: Deps, cookies: string | null): Promise<Caller | undefined> {
  const token = tokenFrom(cookies);
  if (token === undefined) return undefined;
  const found = await deps.db.logins.byTokenHash(tokenHash(token));
  const now = deps.clock.now();
  if (found === undefined || !isLive(found.login, now) || found.user.disabledAt !== null) return undefined;
  if (now - found.login.lastSeenAt >= TOUCH_MS_MIN) await deps.db.logins.touch(found.login.id, now);
  return found;
}

export function isLive(login: Login, now: number): boolean {
  return login.revokedAt === null && now < login.expiresAt && now - login.lastSeenAt < LOGIN_IDLE_MS_MAX;
}

export function viewerFrom(user: User): Viewer {
  return { userId: user.id, role: user.role, canUseInternal: user.canUseInternal };
}

/** In a handler of a closed route. */
export function callerOf(request: Request): Caller {
  const { caller } = factsOf(request);
  assert(caller !== undefined, "a closed route has a caller; is it in open-doors.ts by mistake?");
  return caller;
}

export function viewerOf(request: Request): Viewer {
  return viewerFrom(callerOf(request).user);
}

export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Read by hand: Elysia's own cookies turn values that look like JSON into objects, and lose Secure on removal. */
function tokenFrom(cookies: string | null): string | undefined {
  for (const pair of (cookies ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() !== COOKIE) continue;
    const value = pair.slice(equals + 1).trim();
    return TOKEN.test(value) ? value : undefined;
  }
  return undefined;
}

const ATTRIBUTES = "HttpOnly; Secure; SameSite=Lax; Path=/";

export function loginCookie(token: string): string {
  return `${COOKIE}=${token}; ${ATTRIBUTES}; Max-Age=${LOGIN_MS_MAX / 1000}`;
}

export function clearedCookie(): string {
  return `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;
}
