import { and, desc, eq, lt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { loginAttempts } from "../schema.ts";

export type LoginAttempt = typeof loginAttempts.$inferSelect;

export function loginAttemptQueries(q: Queryable) {
  return {
    async add(attempt: LoginAttempt): Promise<void> {
      await q.insert(loginAttempts).values(attempt);
    },

    /** Newest first, before the one with id `before`. */
    async ofUser(userId: string, before: string | undefined, limit: number): Promise<LoginAttempt[]> {
      return q
        .select()
        .from(loginAttempts)
        .where(
          and(
            eq(loginAttempts.userId, userId),
            before === undefined ? undefined : lt(loginAttempts.id, before),
          ),
        )
        .orderBy(desc(loginAttempts.id))
        .limit(limit);
    },

    async prune(before: number): Promise<void> {
      await q.delete(loginAttempts).where(lt(loginAttempts.at, before));
    },
  };
}
