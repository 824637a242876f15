import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import { handleOf, isReservedHandle } from "@medforge/core/handles";
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
  readonly handle?: string | undefined;
  readonly listed?: boolean | undefined;
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
    ...handleChange(user, wish.handle),
    ...(wish.listed === undefined ? {} : { unlistedAt: wish.listed ? null : deps.clock.now() }),
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
    if (isDuplicate(error, "users_email")) throw emailTaken();
    throw isDuplicate(error, "users_handle") ? handleTaken() : error;
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

function handleChange(user: User, handle: string | undefined): { chosenHandle?: string } {
  if (handle === undefined || handle === handleOf(user)) return {};
  // As if somebody had it: which names are kept is nobody's business.
  if (isReservedHandle(handle)) throw handleTaken();
  return { chosenHandle: handle };
}

function handleTaken(): MedforgeError {
  return new MedforgeError("state_conflict", "Somebody else has this handle. Choose another one.", {
    fields: [{ path: "handle", message: "is taken" }],
  });
}
