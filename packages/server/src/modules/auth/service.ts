import { MedforgeError } from "@medforge/core/errors";
import { isDuplicate } from "@medforge/db/faults";
import type { Login } from "@medforge/db/queries/logins";
import type { User } from "@medforge/db/queries/users";

import { type Deps, newId } from "../../deps.ts";
import type { Facts } from "../../http/facts.ts";
import { addressSubject, countHit } from "../../http/rate-limit.ts";
import { LOGIN_MS_MAX, tokenHash } from "../../http/viewer.ts";
import { audit } from "../admin/audit.ts";
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
  wish: { readonly email: string; readonly password: string; readonly displayName: string },
  from: From,
): Promise<NewLogin> {
  if (deps.config.signup === "closed") {
    throw new MedforgeError("forbidden", "Sign-up is closed here. Ask an admin for an account.");
  }
  const email = wish.email.toLowerCase();
  await countHit(deps, LIMITS.signupAddress, addressSubject(from.address));
  await countHit(deps, LIMITS.signupAccount, email);
  const now = deps.clock.now();
  const user: User = {
    id: newId(deps),
    email,
    displayName: wish.displayName,
    passwordHash: await hashPassword(wish.password),
    role: "member",
    canUseInternal: false,
    maxConcurrentSessions: 1,
    disabledAt: null,
    createdAt: now,
  };
  try {
    await deps.db.users.add(user);
  } catch (error) {
    throw isDuplicate(error, "users_email") ? emailTaken() : error;
  }
  deps.log.info("auth.signup", { request_id: from.requestId, user_id: user.id });
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
    deps.log.warn("auth.refused", { request_id: from.requestId, user_id: user?.id });
    throw new MedforgeError("not_authenticated", "E-mail address or password is wrong.");
  }
  if (user.disabledAt !== null) {
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
  const token = Buffer.from(deps.randomBytes(32)).toString("base64url");
  const now = deps.clock.now();
  const login: Login = {
    id: newId(deps),
    userId: user.id,
    tokenHash: tokenHash(token),
    address: from.address.slice(0, 45),
    userAgent: from.userAgent.slice(0, 255),
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + LOGIN_MS_MAX,
    revokedAt: null,
  };
  await deps.db.logins.add(login);
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
