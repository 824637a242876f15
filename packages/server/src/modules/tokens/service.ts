import { type Scope, TOKEN_DAYS_MAX } from "@medforge/contracts/tokens";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { ApiToken } from "@medforge/db/queries/api-tokens";

import { type Deps, newId } from "../../deps.ts";
import { TOKEN_PREFIX } from "../../http/bearer.ts";
import type { Facts, LoggedIn } from "../../http/facts.ts";
import { newSecret, tokenHash } from "../../http/secrets.ts";
import { audit } from "../admin/audit.ts";

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 90;
/** Of one user, not counting those that expired. */
export const TOKENS_MAX = 20;

export interface TokenMade {
  readonly row: ApiToken;
  /** Goes into the answer and nowhere else. */
  readonly token: string;
}

export async function makeToken(
  deps: Deps,
  { user }: LoggedIn,
  wish: { readonly name: string; readonly scopes: readonly Scope[]; readonly days?: number | undefined },
  facts: Facts,
): Promise<TokenMade> {
  if (wish.scopes.includes("admin") && user.role !== "admin") {
    throw new MedforgeError("forbidden", "Only admins may have a token with the scope `admin`.");
  }
  const days = wish.days ?? DAYS_DEFAULT;
  assert(days >= 1 && days <= TOKEN_DAYS_MAX, "the schema holds the bounds");
  const token = newSecret(deps, TOKEN_PREFIX);
  const now = deps.clock.now();
  const row: ApiToken = {
    id: newId(deps),
    userId: user.id,
    name: wish.name,
    tokenHash: tokenHash(token),
    scopes: [...wish.scopes],
    createdAt: now,
    expiresAt: now + days * DAY_MS,
    lastUsedAt: null,
    lastUsedAddress: null,
    revokedAt: null,
  };
  await deps.db.transaction(async (tx) => {
    // Whoever asks for two at once takes turns, so that the count holds; and whoever is disabled meanwhile gets none.
    const owner = await tx.users.lock(user.id);
    if (owner?.disabledAt !== null) throw new MedforgeError("forbidden", "This account is disabled.");
    if ((await tx.apiTokens.countLive(user.id, now)) >= TOKENS_MAX) {
      throw new MedforgeError(
        "state_conflict",
        `You have ${TOKENS_MAX} tokens, the most there may be. Revoke one with \`DELETE /api/v2/me/tokens/{id}\`.`,
      );
    }
    await tx.apiTokens.add(row);
  });
  await note(deps, user.id, "auth.token.create", row.id, facts, {
    name: row.name,
    scopes: row.scopes,
    expires_at: new Date(row.expiresAt).toISOString(),
  });
  return { row, token };
}

/** Afterwards the token opens nothing. @throws MedforgeError `not_found`, also for somebody else's */
export async function revokeToken(deps: Deps, { user }: LoggedIn, id: string, facts: Facts): Promise<void> {
  if (!(await deps.db.apiTokens.revoke(user.id, id, deps.clock.now()))) {
    throw new MedforgeError("not_found", "You have no such token. `GET /api/v2/me/tokens` lists yours.");
  }
  deps.rights.changed();
  await note(deps, user.id, "auth.token.revoke", id, facts, {});
}

async function note(
  deps: Deps,
  userId: string,
  action: string,
  target: string,
  { requestId, address }: Facts,
  detail: Record<string, unknown>,
): Promise<void> {
  await audit(deps, { actorId: userId, action, target, detail, requestId, address });
  deps.log.info(action, { request_id: requestId, user_id: userId, token_id: target });
}
