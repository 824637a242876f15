import { LoginAttempt, Login as LoginShown, Revoked } from "@medforge/contracts/auth";
import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { MedforgeError } from "@medforge/core/errors";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { LOGIN_IDLE_MS_MAX, loggedInOf } from "../../http/viewer.ts";
import { deviceFrom } from "./device.ts";

/** Where somebody is logged in, and how that came about. */
export function loginsRoutes(deps: Deps) {
  return router("/auth")
    .get(
      "/sessions",
      ({ request, query }) => {
        const { user, login: current } = loggedInOf(request);
        const now = deps.clock.now();
        return pageById(
          deps,
          request,
          query,
          "logins",
          (before, limit) =>
            deps.db.logins.ofUser(user.id, { now, seenAfter: now - LOGIN_IDLE_MS_MAX }, before, limit),
          (login) => ({
            id: login.id,
            current: login.id === current.id,
            ...placeOnWire(login),
            created_at: instantText(login.createdAt),
            last_seen_at: instantText(login.lastSeenAt),
            expires_at: instantText(login.expiresAt),
          }),
        );
      },
      {
        query: PageQuery,
        response: { 200: Page(LoginShown) },
        detail: about("auth", "Where you are logged in, newest first"),
      },
    )
    .delete(
      "/sessions/:id",
      async ({ request, params }) => {
        const { user } = loggedInOf(request);
        if (!(await deps.db.logins.revoke(user.id, params.id, deps.clock.now()))) {
          throw new MedforgeError(
            "not_found",
            "You have no such login. `GET /api/v2/auth/sessions` lists yours.",
          );
        }
        deps.rights.changed();
        return answer(deps, request, null);
      },
      {
        params: IdParam,
        response: { 200: Done },
        detail: about("auth", "Revoke a login", ["not_found"]),
      },
    )
    .delete(
      "/sessions",
      async ({ request }) => {
        const { user, login } = loggedInOf(request);
        const revoked = await deps.db.logins.revokeAll(user.id, deps.clock.now(), login.id);
        deps.rights.changed();
        return answer(deps, request, { revoked });
      },
      {
        response: { 200: Answer(Revoked) },
        detail: about("auth", "Log out everywhere but here: revokes all your other logins"),
      },
    )
    .get(
      "/history",
      ({ request, query }) =>
        pageById(
          deps,
          request,
          query,
          "login-attempts",
          (before, limit) => deps.db.loginAttempts.ofUser(loggedInOf(request).user.id, before, limit),
          (attempt) => ({
            id: attempt.id,
            at: instantText(attempt.at),
            outcome: attempt.outcome,
            ...placeOnWire(attempt),
          }),
        ),
      {
        query: PageQuery,
        response: { 200: Page(LoginAttempt) },
        detail: about("auth", "Every try to log in to your account in the last 90 days, newest first"),
      },
    );
}

function placeOnWire({ address, userAgent }: { readonly address: string; readonly userAgent: string }) {
  return { address, device: deviceFrom(userAgent), user_agent: userAgent };
}
