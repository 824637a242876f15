import { and, asc, eq, gt, inArray, isNotNull, or, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { users } from "../schema.ts";

/** Without the handle that the database computes: `handleOf` of core says the same. */
export type User = Omit<typeof users.$inferSelect, "handle">;
export type NewUser = Omit<User, "chosenHandle" | "unlistedAt"> & Partial<User>;

export function userQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `users_email` when the address is taken. */
    async add(user: NewUser): Promise<void> {
      await q.insert(users).values(user);
    },

    async byId(id: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.id, id)).limit(1))[0];
    },

    async byEmail(email: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.email, email.toLowerCase())).limit(1))[0];
    },

    async byHandle(handle: string): Promise<User | undefined> {
      return (await q.select().from(users).where(eq(users.handle, handle)).limit(1))[0];
    },

    async named(ids: readonly string[]): Promise<User[]> {
      if (ids.length === 0) return [];
      return q
        .select()
        .from(users)
        .where(inArray(users.id, [...ids]));
    },

    /** Who is in no ranking: those who do not want to be, and those who are disabled. */
    async unlistedIds(): Promise<Set<string>> {
      const rows = await q
        .select({ id: users.id })
        .from(users)
        .where(or(isNotNull(users.unlistedAt), isNotNull(users.disabledAt)));
      return new Set(rows.map(({ id }) => id));
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

    /** Fails with a duplicate on `users_email` or `users_handle` when somebody else has that. */
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
