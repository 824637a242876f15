import { MedforgeError } from "@medforge/core/errors";
import type { User } from "@medforge/db/queries/users";

import type { Deps } from "../../deps.ts";

export type UserChange = Partial<
  Pick<User, "role" | "canUseInternal" | "maxConcurrentSessions" | "disabledAt">
>;

/**
 * Changes what somebody may do. Logins and tokens of one who is disabled end with it; sessions that run hear of it from
 * `loops/access.ts`. Somebody must be left who can undo it: the last admin stays one.
 * @throws MedforgeError `not_found`, `state_conflict`
 */
export async function changeUser(
  deps: Pick<Deps, "db" | "clock">,
  id: string,
  change: UserChange,
): Promise<User> {
  return deps.db.transaction(async (tx) => {
    // Two admins who demote each other at once must take turns: everybody locks the same row first.
    const first = (await tx.users.page(undefined, 1))[0];
    if (first !== undefined) await tx.users.lock(first.id);
    const before = await tx.users.lock(id);
    if (before === undefined) throw new MedforgeError("not_found", "There is no such user.");
    // Always later than the change before, whoever's clock that was: so no process takes two changes for one.
    const set = { ...change, accessChangedAt: Math.max(deps.clock.now(), (before.accessChangedAt ?? 0) + 1) };
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
