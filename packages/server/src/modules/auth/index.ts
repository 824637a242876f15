import { LoginWish, Signup } from "@medforge/contracts/auth";
import { Answer, Done } from "@medforge/contracts/envelope";
import { OrNull } from "@medforge/contracts/fields";
import { Me } from "@medforge/contracts/me";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { answer } from "../../http/envelope.ts";
import { factsOf } from "../../http/facts.ts";
import { router } from "../../http/router.ts";
import { clearedCookie, loggedInOf, loginCookie, visitorOf } from "../../http/viewer.ts";
import { meOnWire } from "../me/wire.ts";
import { type From, logIn, signUp } from "./service.ts";

export function authRoutes(deps: Deps) {
  return router("/auth")
    .post(
      "/signup",
      async ({ request, body, set, status }) => {
        const { user, token } = await signUp(
          deps,
          {
            email: body.email,
            password: body.password,
            displayName: body.display_name,
            invitation: body.invitation,
          },
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
        const { user, login } = loggedInOf(request);
        await deps.db.logins.revoke(user.id, login.id, deps.clock.now());
        deps.rights.changed();
        deps.log.info("auth.logout", { request_id: factsOf(request).requestId, user_id: user.id });
        set.headers["set-cookie"] = clearedCookie();
        return answer(deps, request, null);
      },
      { response: { 200: Done }, detail: about("auth", "Log out: revokes this login") },
    )
    .get(
      "/visitor",
      async ({ request }) => {
        const user = await visitorOf(deps, request);
        return answer(deps, request, user === undefined ? null : meOnWire(user));
      },
      {
        response: { 200: Answer(OrNull(Me)) },
        detail: about("auth", "Who is logged in, or null: for a page that strangers see too"),
      },
    );
}

function from(request: Request): From {
  const { requestId, address } = factsOf(request);
  return { requestId, address, userAgent: request.headers.get("user-agent") ?? "" };
}
