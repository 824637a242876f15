import { and, desc, eq, gt, isNull, lt, ne, type SQL } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { authSessions, users } from "../schema.ts";
import type { User } from "./users.ts";

export type Login = typeof authSessions.$inferSelect;

export function loginQueries(q: Queryable) {
  const withUser = (condition: SQL) =>
    q
      .select({ login: authSessions, user: users })
      .from(authSessions)
      .innerJoin(users, eq(users.id, authSessions.userId))
      .where(condition)
      .limit(1);
  return {
    async add(login: Login): Promise<void> {
      await q.insert(authSessions).values(login);
    },

    /** The login behind a cookie and whose it is; expired and revoked ones too, the caller decides. */
    async byTokenHash(tokenHash: string): Promise<{ login: Login; user: User } | undefined> {
      return (await withUser(eq(authSessions.tokenHash, tokenHash)))[0];
    },

    /** As `byTokenHash`. */
    async byId(id: string): Promise<{ login: Login; user: User } | undefined> {
      return (await withUser(eq(authSessions.id, id)))[0];
    },

    /**
     * Newest first, before the one with id `before`; only those that still work.
     * @param live the moment, and since when one must have been used to count
     */
    async ofUser(
      userId: string,
      live: { readonly now: number; readonly seenAfter: number },
      before: string | undefined,
      limit: number,
    ): Promise<Login[]> {
      return q
        .select()
        .from(authSessions)
        .where(
          and(
            eq(authSessions.userId, userId),
            isNull(authSessions.revokedAt),
            gt(authSessions.expiresAt, live.now),
            gt(authSessions.lastSeenAt, live.seenAfter),
            before === undefined ? undefined : lt(authSessions.id, before),
          ),
        )
        .orderBy(desc(authSessions.id))
        .limit(limit);
    },

    async touch(id: string, at: number): Promise<void> {
      await q.update(authSessions).set({ lastSeenAt: at }).where(eq(authSessions.id, id));
    },

    /** @returns false when this user has no such login, or it was revoked already */
    async revoke(userId: string, id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(authSessions)
        .set({ revokedAt: at })
        .where(and(eq(authSessions.id, id), eq(authSessions.userId, userId), isNull(authSessions.revokedAt)));
      return result.affectedRows === 1;
    },

    /** Logs the user out everywhere, but for one login if it is named. */
    async revokeAll(userId: string, at: number, exceptId?: string): Promise<number> {
      const [result] = await q
        .update(authSessions)
        .set({ revokedAt: at })
        .where(
          and(
            eq(authSessions.userId, userId),
            isNull(authSessions.revokedAt),
            exceptId === undefined ? undefined : ne(authSessions.id, exceptId),
          ),
        );
      return result.affectedRows;
    },

    /** Forgets logins that ended before `before`. */
    async prune(before: number): Promise<number> {
      const [expired] = await q.delete(authSessions).where(lt(authSessions.expiresAt, before));
      const [revoked] = await q.delete(authSessions).where(lt(authSessions.revokedAt, before));
      return expired.affectedRows + revoked.affectedRows;
    },
  };
}
