import { and, desc, eq, gt, isNull, lt, lte, or, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { apiTokens, users } from "../schema.ts";
import type { User } from "./users.ts";

export type ApiToken = typeof apiTokens.$inferSelect;

export function apiTokenQueries(q: Queryable) {
  const live = (userId: string, now: number) =>
    and(eq(apiTokens.userId, userId), isNull(apiTokens.revokedAt), gt(apiTokens.expiresAt, now));

  return {
    async add(token: ApiToken): Promise<void> {
      await q.insert(apiTokens).values(token);
    },

    /** The token and whose it is; expired and revoked ones too, the caller decides. */
    async byHash(tokenHash: string): Promise<{ token: ApiToken; user: User } | undefined> {
      const rows = await q
        .select({ token: apiTokens, user: users })
        .from(apiTokens)
        .innerJoin(users, eq(users.id, apiTokens.userId))
        .where(eq(apiTokens.tokenHash, tokenHash))
        .limit(1);
      return rows[0];
    },

    /** Newest first, before the one with id `before`; those that still work, and those that expired. */
    async ofUser(userId: string, before: string | undefined, limit: number): Promise<ApiToken[]> {
      return q
        .select()
        .from(apiTokens)
        .where(
          and(
            eq(apiTokens.userId, userId),
            isNull(apiTokens.revokedAt),
            before === undefined ? undefined : lt(apiTokens.id, before),
          ),
        )
        .orderBy(desc(apiTokens.id))
        .limit(limit);
    },

    async countLive(userId: string, now: number): Promise<number> {
      const rows = await q.select({ n: sql<number>`count(*)` }).from(apiTokens).where(live(userId, now));
      return Number(rows[0]?.n ?? 0);
    },

    /** Writes down a use, unless one was written down after `unlessSince`. */
    async touch(id: string, use: { at: number; address: string }, unlessSince: number): Promise<void> {
      await q
        .update(apiTokens)
        .set({ lastUsedAt: use.at, lastUsedAddress: use.address })
        .where(
          and(eq(apiTokens.id, id), or(isNull(apiTokens.lastUsedAt), lte(apiTokens.lastUsedAt, unlessSince))),
        );
    },

    /** @returns false when this user has no such token, or it was revoked already */
    async revoke(userId: string, id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(apiTokens)
        .set({ revokedAt: at })
        .where(and(eq(apiTokens.id, id), eq(apiTokens.userId, userId), isNull(apiTokens.revokedAt)));
      return result.affectedRows === 1;
    },

    async revokeAll(userId: string, at: number): Promise<number> {
      const [result] = await q
        .update(apiTokens)
        .set({ revokedAt: at })
        .where(and(eq(apiTokens.userId, userId), isNull(apiTokens.revokedAt)));
      return result.affectedRows;
    },

    /** Forgets tokens that ended before `before`. */
    async prune(before: number): Promise<void> {
      await q.delete(apiTokens).where(or(lt(apiTokens.expiresAt, before), lt(apiTokens.revokedAt, before)));
    },
  };
}
