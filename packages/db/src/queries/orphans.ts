import { asc, eq, inArray } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { orphans } from "../schema.ts";

export type Orphan = typeof orphans.$inferSelect;

export function orphanQueries(q: Queryable) {
  return {
    async all(): Promise<Orphan[]> {
      return q.select().from(orphans).orderBy(asc(orphans.slug));
    },

    async ofWorkspace(workspaceId: string): Promise<Orphan | undefined> {
      return (await q.select().from(orphans).where(eq(orphans.workspaceId, workspaceId)).limit(1))[0];
    },

    /** Afterwards exactly these are known. @returns those that were not known before */
    async set(seen: readonly Orphan[]): Promise<Orphan[]> {
      const known = new Set((await this.all()).map(({ slug }) => slug));
      const gone = [...known].filter((slug) => !seen.some((orphan) => orphan.slug === slug));
      const fresh = seen.filter(({ slug }) => !known.has(slug));
      if (gone.length > 0) await q.delete(orphans).where(inArray(orphans.slug, gone));
      for (const orphan of fresh) await q.insert(orphans).ignore().values(orphan);
      return fresh;
    },
  };
}
