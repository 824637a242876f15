import { mayUseSurface } from "@medforge/core/access";
import type { Exposure } from "@medforge/core/session";
import type { Database } from "@medforge/db/database";
import type { User } from "@medforge/db/queries/users";

import { viewerFrom } from "../../http/viewer.ts";

/**
 * Whether sessions of that exposure are still open to their owner over SSH: not to one who is disabled, and internal
 * ones only with the right to use such.
 */
export function mayBeIn(owner: User, exposure: Exposure): boolean {
  return owner.disabledAt === null && mayUseSurface(viewerFrom(owner), exposure);
}

/** The lines of authorized_keys in this user's sessions of that exposure; none where the owner may not be. */
export async function authorizedLines(
  db: Pick<Database, "sshKeys">,
  userId: string,
  exposure: Exposure,
): Promise<string[]> {
  const keys = await db.sshKeys.withOwner(userId);
  return keys.filter(({ owner }) => mayBeIn(owner, exposure)).map(({ publicKey }) => publicKey);
}
