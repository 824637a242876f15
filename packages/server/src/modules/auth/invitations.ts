import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import type { Invitation } from "@medforge/db/queries/invitations";

import { type Deps, newId } from "../../deps.ts";
import { newSecret, tokenHash } from "../../http/secrets.ts";

const PREFIX = "mfi_";
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;

export interface InvitationWish {
  /** Whose it is alone; undefined: whoever has it. */
  readonly email?: string | undefined;
  readonly role?: "member" | "admin" | undefined;
  readonly canUseInternal?: boolean | undefined;
  readonly days?: number | undefined;
  /** Undefined: the command line. */
  readonly createdBy?: string | undefined;
}

export interface InvitationMade {
  readonly row: Invitation;
  /** Shown once and stored nowhere. */
  readonly secret: string;
}

export async function invite(deps: Deps, wish: InvitationWish): Promise<InvitationMade> {
  const secret = newSecret(deps, PREFIX);
  const now = deps.clock.now();
  const row: Invitation = {
    id: newId(deps),
    tokenHash: tokenHash(secret),
    email: wish.email?.toLowerCase() ?? null,
    role: wish.role ?? "member",
    canUseInternal: wish.canUseInternal ?? false,
    createdBy: wish.createdBy ?? null,
    createdAt: now,
    expiresAt: now + (wish.days ?? DAYS_DEFAULT) * DAY_MS,
    usedAt: null,
    usedBy: null,
    revokedAt: null,
  };
  await deps.db.invitations.add(row);
  return { row, secret };
}

/**
 * What lets this address sign up, or undefined where nothing is needed and nothing was given. Uses nothing up yet.
 * @throws MedforgeError `forbidden`; which of the reasons is nobody's business who has only guessed
 */
export async function invitationFor(
  deps: Deps,
  email: string,
  secret: string | undefined,
): Promise<Invitation | undefined> {
  if (deps.config.signup === "closed") {
    throw new MedforgeError("forbidden", "Sign-up is closed here. Ask an admin for an account.");
  }
  if (secret === undefined) {
    if (deps.config.signup === "open") return undefined;
    throw new MedforgeError("forbidden", "Sign-up is by invitation here. Ask an admin for one.");
  }
  const found = await deps.db.invitations.byHash(tokenHash(secret));
  const usable =
    found !== undefined &&
    found.usedAt === null &&
    found.revokedAt === null &&
    deps.clock.now() < found.expiresAt &&
    (found.email === null || found.email === email);
  if (!usable) throw unusable();
  return found;
}

/** In the transaction that adds the user: the invitation and the account go together or not at all. */
export async function useInvitation(
  tx: Tables,
  invitation: Invitation,
  userId: string,
  now: number,
): Promise<void> {
  if (!(await tx.invitations.use(invitation.id, userId, now))) throw unusable();
}

function unusable(): MedforgeError {
  return new MedforgeError(
    "forbidden",
    "This invitation is unknown, expired, used, or for another e-mail address. Ask an admin for a new one.",
  );
}
