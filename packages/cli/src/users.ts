import { Email, Password } from "@medforge/contracts/auth";
import { isDuplicate } from "@medforge/db/faults";
import type { User } from "@medforge/db/queries/users";
import { type Deps, newId } from "@medforge/server/deps";
import { audit } from "@medforge/server/modules/admin/audit";
import { hashPassword } from "@medforge/server/modules/auth/passwords";

import { UsageError } from "./verb.ts";

export interface UserWish {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  readonly admin: boolean;
}

/** @throws UsageError when the address is taken or not one, or the password too short or long */
export async function createUser(deps: Deps, wish: UserWish): Promise<User> {
  refuseOtherThanEmail(wish.email);
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = Password;
  if (wish.password.length < minLength || wish.password.length > maxLength) {
    throw new UsageError(
      `A password has ${minLength} to ${maxLength} characters, this one ${wish.password.length}.`,
    );
  }
  const user: User = {
    id: newId(deps),
    email: wish.email.toLowerCase(),
    displayName: wish.displayName,
    passwordHash: await hashPassword(wish.password),
    role: wish.admin ? "admin" : "member",
    canUseInternal: wish.admin,
    maxConcurrentSessions: 1,
    disabledAt: null,
    accessChangedAt: null,
    chosenHandle: null,
    unlistedAt: null,
    createdAt: deps.clock.now(),
  };
  try {
    await deps.db.users.add(user);
  } catch (error) {
    if (isDuplicate(error, "users_email")) throw new UsageError(`${wish.email} has an account already.`);
    throw error;
  }
  await note(deps, "admin.user.create", user.id, { role: user.role });
  return user;
}

/** @throws UsageError */
export function refuseOtherThanEmail(text: string): void {
  if (!new RegExp(Email.pattern ?? "").test(text)) {
    throw new UsageError(`${JSON.stringify(text)} is not an e-mail address.`);
  }
}

/** What the command line changed, in the audit log: nobody's account did it. */
export async function note(
  deps: Deps,
  action: `admin.${string}`,
  target: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await audit(deps, { actorId: null, action, target, detail, requestId: null, address: null });
}
