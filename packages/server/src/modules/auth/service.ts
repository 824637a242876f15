import { MedforgeError } from "@medforge/core/errors";
import { isDuplicate } from "@medforge/db/faults";
import type { LoginAttempt } from "@medforge/db/queries/login-attempts";
import type { Login } from "@medforge/db/queries/logins";
import type { User } from "@medforge/db/queries/users";

import { type Deps, newId } from "../../deps.ts";
import type { Facts } from "../../http/facts.ts";
import { addressSubject, countHit } from "../../http/rate-limit.ts";
import { newSecret, tokenHash } from "../../http/secrets.ts";
import { LOGIN_MS_MAX } from "../../http/viewer.ts";
import { audit } from "../admin/audit.ts";
import { invitationFor, useInvitation } from "./invitations.ts";
import { hashPassword, passwordFits } from "./passwords.ts";

const MINUTE_MS = 60_000;
export const LIMITS = {
  loginAddress: { what: "login-address", hitsMax: 60, windowMs: 10 * MINUTE_MS },
  loginAccount: { what: "login-account", hitsMax: 10, windowMs: 10 * MINUTE_MS },
  signupAddress: { what: "signup-address", hitsMax: 20, windowMs: 60 * MINUTE_MS },
  signupAccount: { what: "signup-account", hitsMax: 5, windowMs: 60 * MINUTE_MS },
} as const;

/** Who asks, from where: what a login remembers. */
export type From = Pick<Facts, "requestId" | "address"> & { readonly userAgent: string };

export interface NewLogin {
  readonly user: User;
  /** Goes into the cookie and nowhere else. */
  readonly token: string;
}

export async function signUp(
  deps: Deps,
  wish: {
    readonly email: string;
    readonly password: string;
    readonly displayName: string;
    readonly invitation?: string | undefined;
  },
  from: From,
): Promise<NewLogin> {
  const email = wish.email.toLowerCase();
  await countHit(deps, LIMITS.signupAddress, addressSubject(from.address));
  await countHit(deps, LIMITS.signupAccount, email);
  const invitation = await invitationFor(deps, email, wish.invitation);
  const now = deps.clock.now();
  const user: User = {
    id: newId(deps),
    email,
    displayName: wish.displayName,
    passwordHash: await hashPassword(wish.password),
    role: invitation?.role ?? "member",
    canUseInternal: invitation?.canUseInternal ?? false,
    maxConcurrentSessions: 1,
    disabledAt: null,
    accessChangedAt: null,
    chosenHandle: null,
    unlistedAt: null,
    createdAt: now,
  };
  try {
    await deps.db.transaction(async (tx) => {
      await tx.users.add(user);
      if (invitation !== undefined) await useInvitation(tx, invitation, user.id, now);
    });
  } catch (error) {
    throw isDuplicate(error, "users_email") ? emailTaken() : error;
  }
  deps.log.info("auth.signup", { request_id: from.requestId, user_id: user.id });
  await audit(deps, {
    actorId: user.id,
    action: "auth.signup",
    target: user.id,
    detail: invitation === undefined ? {} : { invitation: invitation.id, role: user.role },
    requestId: from.requestId,
    address: from.address,
  });
  return begin(deps, user, from);
}

/** The same answer and the same work, whether the address is unknown or the password wrong. */
export async function logIn(
  deps: Deps,
  wish: { readonly email: string; readonly password: string },
  from: From,
): Promise<NewLogin> {
  await countHit(deps, LIMITS.loginAddress, addressSubject(from.address));
  await countHit(deps, LIMITS.loginAccount, wish.email.toLowerCase());
  const user = await deps.db.users.byEmail(wish.email);
  if (!(await passwordFits(wish.password, user?.passwordHash)) || user === undefined) {
    await remember(deps, user?.id ?? null, "wrong_password", from);
    deps.log.warn("auth.refused", { request_id: from.requestId, user_id: user?.id });
    throw new MedforgeError("not_authenticated", "E-mail address or password is wrong.");
  }
  if (user.disabledAt !== null) {
    await remember(deps, user.id, "disabled", from);
    throw new MedforgeError("forbidden", "This account is disabled. Ask an admin.");
  }
  deps.log.info("auth.login", { request_id: from.requestId, user_id: user.id });
  return begin(deps, user, from);
}

export function emailTaken(): MedforgeError {
  return new MedforgeError("email_taken", "There is an account with this e-mail address. Log in instead.", {
    fields: [{ path: "email", message: "is taken" }],
  });
}

async function begin(deps: Deps, user: User, from: From): Promise<NewLogin> {
  const token = newSecret(deps);
  const now = deps.clock.now();
  const login: Login = {
    id: newId(deps),
    userId: user.id,
    tokenHash: tokenHash(token),
    ...place(from),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + LOGIN_MS_MAX,
    revokedAt: null,
  };
  await deps.db.logins.add(login);
  await remember(deps, user.id, "logged_in", from);
  await audit(deps, {
    actorId: user.id,
    action: "auth.login",
    target: login.id,
    detail: {},
    requestId: from.requestId,
    address: from.address,
  });
  return { user, token };
}

/** For the history that the account's owner reads. */
async function remember(
  deps: Deps,
  userId: string | null,
  outcome: LoginAttempt["outcome"],
  from: From,
): Promise<void> {
  await deps.db.loginAttempts.add({
    id: newId(deps),
    userId,
    outcome,
    ...place(from),
    at: deps.clock.now(),
  });
}

/** As much as the columns take. */
function place(from: From): Pick<Login, "address" | "userAgent"> {
  return { address: from.address.slice(0, 45), userAgent: from.userAgent.slice(0, 255) };
}
