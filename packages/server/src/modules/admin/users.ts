import { User, UserPatch } from "@medforge/contracts/admin";
import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import type { User as Row } from "@medforge/db/queries/users";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantOrNull } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { meOnWire } from "../me/wire.ts";
import { auditAdmin } from "./audit.ts";
import { changeUser } from "./change-user.ts";

export function adminUsersRoutes(deps: Deps) {
  return router("/admin/users")
    .get(
      "",
      ({ request, query }) =>
        pageById(
          deps,
          request,
          query,
          "users",
          (after, limit) => deps.db.users.page(after, limit),
          userOnWire,
        ),
      {
        query: PageQuery,
        response: { 200: Page(User) },
        detail: about("admin", "Every user, oldest first"),
      },
    )
    .patch(
      "/:id",
      async ({ request, params, body }) => {
        const user = await changeUser(deps, params.id, {
          ...(body.role === undefined ? {} : { role: body.role }),
          ...(body.can_use_internal === undefined ? {} : { canUseInternal: body.can_use_internal }),
          ...(body.max_concurrent_sessions === undefined
            ? {}
            : { maxConcurrentSessions: body.max_concurrent_sessions }),
          ...(body.disabled === undefined ? {} : { disabledAt: body.disabled ? deps.clock.now() : null }),
        });
        deps.rights.changed();
        await auditAdmin(deps, request, "admin.user.update", user.id, body);
        return answer(deps, request, userOnWire(user));
      },
      {
        params: IdParam,
        body: UserPatch,
        response: { 200: Answer(User) },
        detail: about("admin", "Change a user's role, rights, limit, or disable the account", [
          "not_found",
          "state_conflict",
        ]),
      },
    );
}

function userOnWire(user: Row) {
  return { ...meOnWire(user), disabled_at: instantOrNull(user.disabledAt) };
}
