import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { packs } from "../schema.ts";

export type Pack = typeof packs.$inferSelect;

export function packQueries(q: Queryable) {
  return {
    /** Fails with a duplicate on `packs_name`. */
    async add(pack: Pack): Promise<void> {
      await q.insert(packs).values(pack);
    },

    async byId(id: string): Promise<Pack | undefined> {
      return (await q.select().from(packs).where(eq(packs.id, id)).limit(1))[0];
    },

    async byName(name: string): Promise<Pack | undefined> {
      return (await q.select().from(packs).where(eq(packs.name, name)).limit(1))[0];
    },

    /** Every pack, deprecated ones too. */
    async all(): Promise<Pack[]> {
      return q.select().from(packs).orderBy(asc(packs.id));
    },

    async usable(
      exposure: "EXTERNAL" | "INTERNAL",
      after: string | undefined,
      limit: number,
    ): Promise<Pack[]> {
      return q
        .select()
        .from(packs)
        .where(
          and(
            isNull(packs.deprecatedAt),
            inArray(packs.exposure, [exposure, "BOTH"]),
            after === undefined ? undefined : gt(packs.id, after),
          ),
        )
        .orderBy(asc(packs.id))
        .limit(limit);
    },

    async deprecate(id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(packs)
        .set({ deprecatedAt: at })
        .where(and(eq(packs.id, id), isNull(packs.deprecatedAt)));
      return result.affectedRows === 1;
    },

    async setImage(id: string, image: string): Promise<void> {
      await q.update(packs).set({ image, deprecatedAt: null }).where(eq(packs.id, id));
    },
  };
}
