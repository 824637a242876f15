import { User, UserPatch } from "@medforge/contracts/admin";
import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { MedforgeError } from "@medforge/core/errors";
import type { User as Row } from "@medforge/db/queries/users";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer, instantOrNull } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { meOnWire } from "../me/wire.ts";
import { auditAdmin } from "./audit.ts";

export function adminUsersRoutes(deps: Deps) {
  return router("/admin/users")
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "users",
          (after, limit) => deps.db.users.page(after, limit),
          (user) => user.id,
          (users) => users.map(userOnWire),
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

type Change = Partial<Pick<Row, "role" | "canUseInternal" | "maxConcurrentSessions" | "disabledAt">>;

/** Somebody must be left who can undo it: the last admin stays one. */
async function changeUser(deps: Deps, id: string, change: Change): Promise<Row> {
  return deps.db.transaction(async (tx) => {
    // Two admins who demote each other at once must take turns: everybody locks the same row first.
    const first = (await tx.users.page(undefined, 1))[0];
    if (first !== undefined) await tx.users.lock(first.id);
    const before = await tx.users.lock(id);
    if (before === undefined) throw new MedforgeError("not_found", "There is no such user.");
    const set = { ...change, accessChangedAt: deps.clock.now() };
    await tx.users.update(id, set);
    const wasAdmin = before.role === "admin" && before.disabledAt === null;
    if (wasAdmin && (await tx.users.countAdmins()) === 0) {
      throw new MedforgeError("state_conflict", "This is the last admin. Make somebody else an admin first.");
    }
    if (typeof change.disabledAt === "number") {
      await tx.logins.revokeAll(id, change.disabledAt);
      await tx.apiTokens.revokeAll(id, change.disabledAt);
    }
    return { ...before, ...set };
  });
}

function userOnWire(user: Row) {
  return { ...meOnWire(user), disabled_at: instantOrNull(user.disabledAt) };
}
