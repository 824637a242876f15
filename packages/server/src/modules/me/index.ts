import { Answer } from "@medforge/contracts/envelope";
import { Me, MePatch } from "@medforge/contracts/me";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { answer } from "../../http/envelope.ts";
import { factsOf } from "../../http/facts.ts";
import { router } from "../../http/router.ts";
import { callerOf, loggedInOf } from "../../http/viewer.ts";
import { changeProfile } from "./service.ts";
import { meOnWire } from "./wire.ts";

export function meRoutes(deps: Deps) {
  return router("/me")
    .get("", ({ request }) => answer(deps, request, meOnWire(callerOf(request).user)), {
      response: { 200: Answer(Me) },
      detail: about("me", "Your profile"),
    })
    .patch(
      "",
      async ({ request, body }) => {
        const wish = {
          email: body.email,
          displayName: body.display_name,
          handle: body.handle,
          listed: body.listed,
          newPassword: body.new_password,
          currentPassword: body.current_password,
        };
        const user = await changeProfile(deps, loggedInOf(request), wish, factsOf(request));
        return answer(deps, request, meOnWire(user));
      },
      {
        body: MePatch,
        response: { 200: Answer(Me) },
        detail: about(
          "me",
          "Change your profile",
          ["email_taken", "state_conflict", "rate_limited"],
          "A new password logs you out everywhere else.",
        ),
      },
    );
}
