import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import { isDuplicate } from "@medforge/db/faults";
import type { User } from "@medforge/db/queries/users";

import type { Deps } from "../../deps.ts";
import type { Facts, LoggedIn } from "../../http/facts.ts";
import { countHit } from "../../http/rate-limit.ts";
import { audit } from "../admin/audit.ts";
import { hashPassword, passwordFits } from "../auth/passwords.ts";
import { emailTaken, LIMITS } from "../auth/service.ts";

export interface ProfileWish {
  readonly email?: string | undefined;
  readonly displayName?: string | undefined;
  readonly newPassword?: string | undefined;
  readonly currentPassword?: string | undefined;
}

/** What lets somebody in, address and password, is only changed by somebody who knows the password. */
export async function changeProfile(
  deps: Deps,
  { user, login }: LoggedIn,
  wish: ProfileWish,
  { requestId, address }: Facts,
): Promise<User> {
  if (wish.newPassword !== undefined || wish.email !== undefined) {
    await countHit(deps, LIMITS.loginAccount, user.email);
    if (!(await passwordFits(wish.currentPassword ?? "", user.passwordHash))) {
      throw new MedforgeError("invalid_request", "To change this, give your present password too.", {
        fields: [{ path: "current_password", message: "is not your present password" }],
      });
    }
  }
  const set = {
    ...(wish.email === undefined ? {} : { email: wish.email.toLowerCase() }),
    ...(wish.displayName === undefined ? {} : { displayName: wish.displayName }),
    ...(wish.newPassword === undefined ? {} : { passwordHash: await hashPassword(wish.newPassword) }),
  };
  if (Object.keys(set).length === 0) return user;
  try {
    await deps.db.transaction(async (tx) => {
      await tx.users.update(user.id, set);
      // Whoever learnt the old password may be logged in somewhere.
      if (wish.newPassword !== undefined) await tx.logins.revokeAll(user.id, deps.clock.now(), login.id);
    });
  } catch (error) {
    throw isDuplicate(error, "users_email") ? emailTaken() : error;
  }
  deps.rights.changed();
  if (wish.newPassword !== undefined || wish.email !== undefined) {
    await audit(deps, {
      actorId: user.id,
      action: wish.newPassword === undefined ? "auth.email.change" : "auth.password.change",
      target: user.id,
      detail: wish.email === undefined ? {} : { from: user.email, to: wish.email.toLowerCase() },
      requestId,
      address,
    });
  }
  const after = await deps.db.users.byId(user.id);
  assert(after !== undefined, "users are never deleted");
  return after;
}
