import { MedforgeError } from "@medforge/core/errors";
import type { ApiToken } from "@medforge/db/queries/api-tokens";

import type { Deps } from "../deps.ts";
import type { ByToken } from "./facts.ts";
import { tokenHash } from "./secrets.ts";
import { scopesOpening } from "./token-scopes.ts";

/** Programs say who they are with `Authorization: Bearer mf_…` (RFC 6750). */

/** So that secret scanners know one when they see it: `mf_[A-Za-z0-9_-]{43}`. */
export const TOKEN_PREFIX = "mf_";
const TOKEN = /^mf_[A-Za-z0-9_-]{43}$/;
const TOUCH_MS_MIN = 60_000;

/** @returns what stands after `Bearer`; undefined when the request names no bearer */
export function bearerFrom(headers: Headers): string | undefined {
  return /^bearer +(.*)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** @returns undefined when the token is none, expired or revoked, or its user disabled */
export async function callerByToken(
  deps: Deps,
  token: string,
  address: string,
): Promise<ByToken | undefined> {
  if (!TOKEN.test(token)) return undefined;
  const found = await deps.db.apiTokens.byHash(tokenHash(token));
  const now = deps.clock.now();
  if (found === undefined || !isLiveToken(found.token, now) || found.user.disabledAt !== null)
    return undefined;
  const { lastUsedAt } = found.token;
  const unlessSince = now - TOUCH_MS_MIN;
  if (lastUsedAt === null || lastUsedAt <= unlessSince) {
    await deps.db.apiTokens.touch(found.token.id, { at: now, address: address.slice(0, 45) }, unlessSince);
  }
  return { by: "token", ...found };
}

export function isLiveToken(token: ApiToken, now: number): boolean {
  return token.revokedAt === null && now < token.expiresAt;
}

/** @throws MedforgeError `forbidden` unless one of the token's scopes opens this route */
export function guardScope(token: ApiToken, method: string, route: string): void {
  const opening = scopesOpening(method, route);
  if (opening.some((scope) => token.scopes.includes(scope))) return;
  throw new MedforgeError(
    "forbidden",
    opening.length === 0
      ? "No token opens this route: log in and use the cookie."
      : `This token lacks the scope \`${opening.join("` or `")}\`; make one that has it with \`POST /api/v2/me/tokens\`.`,
  );
}
