import { eq, sql } from "drizzle-orm";

import { competitions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type Competition = typeof competitions.$inferSelect;

export function competitionQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `competitions_slug`. */
    async add(competition: Competition): Promise<void> {
      await q.insert(competitions).values(competition);
    },

    async bySlug(slug: string): Promise<Competition | undefined> {
      return (await q.select().from(competitions).where(eq(competitions.slug, slug)).limit(1))[0];
    },

    /**
     * Inside a transaction: as it is, and as it stays until that ends. Any number may share it; who changes the
     * competition waits for them. drizzle's own `for share` is no SQL of MariaDB's.
     */
    async share(id: string): Promise<Competition | undefined> {
      await q.execute(sql`select 1 from ${competitions} where ${competitions.id} = ${id} lock in share mode`);
      return (await q.select().from(competitions).where(eq(competitions.id, id)).limit(1))[0];
    },
  };
}
