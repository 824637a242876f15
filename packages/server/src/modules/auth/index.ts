import { Login, LoginWish, Signup } from "@medforge/contracts/auth";
import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { Me } from "@medforge/contracts/me";
import { MedforgeError } from "@medforge/core/errors";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer, instantText } from "../../http/envelope.ts";
import { factsOf } from "../../http/facts.ts";
import { router } from "../../http/router.ts";
import { callerOf, clearedCookie, loginCookie } from "../../http/viewer.ts";
import { meOnWire } from "../me/wire.ts";
import { type From, logIn, signUp } from "./service.ts";

export function authRoutes(deps: Deps) {
  return router("/auth")
    .post(
      "/signup",
      async ({ request, body, set, status }) => {
        const { user, token } = await signUp(
          deps,
          { email: body.email, password: body.password, displayName: body.display_name },
          from(request),
        );
        set.headers["set-cookie"] = loginCookie(token);
        return status(201, answer(deps, request, meOnWire(user)));
      },
      {
        body: Signup,
        response: { 201: Answer(Me) },
        detail: about("auth", "Make an account and log in", ["email_taken", "forbidden", "rate_limited"]),
      },
    )
    .post(
      "/login",
      async ({ request, body, set }) => {
        const { user, token } = await logIn(deps, body, from(request));
        set.headers["set-cookie"] = loginCookie(token);
        return answer(deps, request, meOnWire(user));
      },
      {
        body: LoginWish,
        response: { 200: Answer(Me) },
        detail: about("auth", "Log in: sets the cookie", ["not_authenticated", "forbidden", "rate_limited"]),
      },
    )
    .post(
      "/logout",
      async ({ request, set }) => {
        const { user, login } = callerOf(request);
        await deps.db.logins.revoke(user.id, login.id, deps.clock.now());
        deps.log.info("auth.logout", { request_id: factsOf(request).requestId, user_id: user.id });
        set.headers["set-cookie"] = clearedCookie();
        return answer(deps, request, null);
      },
      { response: { 200: Done }, detail: about("auth", "Log out: revokes this login") },
    )
    .get(
      "/sessions",
      ({ request, query }) => {
        const { user, login: current } = callerOf(request);
        return pageOf(
          deps,
          request,
          query,
          "logins",
          (before, limit) => deps.db.logins.ofUser(user.id, before, limit),
          (login) => login.id,
          (logins) =>
            logins.map((login) => ({
              id: login.id,
              current: login.id === current.id,
              address: login.address,
              user_agent: login.userAgent,
              created_at: instantText(login.createdAt),
              last_seen_at: instantText(login.lastSeenAt),
              expires_at: instantText(login.expiresAt),
            })),
        );
      },
      {
        query: PageQuery,
        response: { 200: Page(Login) },
        detail: about("auth", "Where you are logged in, newest first"),
      },
    )
    .delete(
      "/sessions/:id",
      async ({ request, params }) => {
        const { user } = callerOf(request);
        if (!(await deps.db.logins.revoke(user.id, params.id, deps.clock.now()))) {
          throw new MedforgeError(
            "not_found",
            "You have no such login. `GET /api/v2/auth/sessions` lists yours.",
          );
        }
        return answer(deps, request, null);
      },
      {
        params: IdParam,
        response: { 200: Done },
        detail: about("auth", "Revoke a login", ["not_found"]),
      },
    );
}

function from(request: Request): From {
  const { requestId, address } = factsOf(request);
  return { requestId, address, userAgent: request.headers.get("user-agent") ?? "" };
}
