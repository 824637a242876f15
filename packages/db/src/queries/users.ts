import { and, asc, eq, gt, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { users } from "../schema.ts";

export type User = typeof users.$inferSelect;

export function userQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `users_email` when the address is taken. */
    async add(user: User): Promise<void> {
      await q.insert(users).values(user);
    },

    async byId(id: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.id, id)).limit(1))[0];
    },

    async byEmail(email: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.email, email.toLowerCase())).limit(1))[0];
    },

    /** Inside a transaction: nobody else allocates for this user until it ends. */
    async lock(id: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.id, id)).limit(1).for("update"))[0];
    },

    /** Oldest first, after the one with id `after`. */
    async page(after: string | undefined, limit: number): Promise<User[]> {
      const where = after === undefined ? undefined : gt(users.id, after);
      return q.select().from(users).where(where).orderBy(asc(users.id)).limit(limit);
    },

    async update(id: string, set: Partial<Omit<User, "id" | "createdAt">>): Promise<void> {
      await q.update(users).set(set).where(eq(users.id, id));
    },

    /** Whose role, right or being disabled changed after `since`. */
    async accessChangedAfter(since: number): Promise<User[]> {
      return q
        .select()
        .from(users)
        .where(gt(users.accessChangedAt, since))
        .orderBy(asc(users.accessChangedAt));
    },

    async countAdmins(): Promise<number> {
      const rows = await q
        .select({ n: sql<number>`count(*)` })
        .from(users)
        .where(and(eq(users.role, "admin"), sql`${users.disabledAt} is null`));
      return Number(rows[0]?.n ?? 0);
    },
  };
}
