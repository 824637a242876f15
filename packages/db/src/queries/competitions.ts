import { and, asc, eq, gt, sql } from "drizzle-orm";

import { competitions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import { scoreRunQueries } from "./score-runs.ts";

export type Competition = typeof competitions.$inferSelect;

export function competitionQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `competitions_slug`. */
    async add(competition: Competition): Promise<void> {
      await q.insert(competitions).values(competition);
    },

    async update(id: string, set: Partial<Omit<Competition, "id" | "slug" | "createdAt">>): Promise<void> {
      await q.update(competitions).set(set).where(eq(competitions.id, id));
    },

    async bySlug(slug: string): Promise<Competition | undefined> {
      return (await q.select().from(competitions).where(eq(competitions.slug, slug)).limit(1))[0];
    },

    /** Those of a surface by slug, after the one named; without a surface all of them. Retired ones too. */
    async page(
      exposure: Competition["exposure"] | undefined,
      after: string | undefined,
      limit: number,
    ): Promise<Competition[]> {
      return q
        .select()
        .from(competitions)
        .where(
          and(
            exposure === undefined ? undefined : eq(competitions.exposure, exposure),
            after === undefined ? undefined : gt(competitions.slug, after),
          ),
        )
        .orderBy(asc(competitions.slug))
        .limit(limit);
    },

    /** Inside a transaction: nobody else changes it or adds a submission until that ends. */
    async lock(slug: string): Promise<Competition | undefined> {
      return (
        await q.select().from(competitions).where(eq(competitions.slug, slug)).limit(1).for("update")
      )[0];
    },

    /**
     * Inside a transaction, after the end of a run: the board shows the target identity as soon as nothing of it is still
     * to be computed. @returns whether it has just switched
     */
    async showTargetWhenComplete(id: string, at: number): Promise<boolean> {
      const shows = { target: competitions.targetIdentityId, board: competitions.boardIdentityId };
      const here = q.select(shows).from(competitions).where(eq(competitions.id, id)).limit(1);
      const [seen] = await here;
      if (seen === undefined || seen.target === seen.board) return false;
      // Two last runs that end at once: the one that gets the row second sees that the other one has ended.
      const [now] = await q
        .select(shows)
        .from(competitions)
        .where(eq(competitions.id, id))
        .limit(1)
        .for("update");
      if (now === undefined || now.target === now.board) return false;
      if (await scoreRunQueries(q).waitsFor(now.target)) return false;
      await q
        .update(competitions)
        .set({ boardIdentityId: now.target, updatedAt: at })
        .where(eq(competitions.id, id));
      return true;
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
