import { and, desc, eq, gt, inArray, isNull, lt, lte, or } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { announcements } from "../schema.ts";

export type Announcement = typeof announcements.$inferSelect;

export function announcementQueries(q: Queryable) {
  return {
    async add(announcement: Announcement): Promise<void> {
      await q.insert(announcements).values(announcement);
    },

    /** @returns false when there is none with this id */
    async update(id: string, set: Partial<Omit<Announcement, "id" | "createdAt">>): Promise<boolean> {
      const [result] = await q.update(announcements).set(set).where(eq(announcements.id, id));
      return result.affectedRows === 1;
    },

    async byId(id: string): Promise<Announcement | undefined> {
      return (await q.select().from(announcements).where(eq(announcements.id, id)).limit(1))[0];
    },

    /** Newest first, before the one with id `before`; those to be and those that have ended too. */
    async page(before: string | undefined, limit: number): Promise<Announcement[]> {
      return q
        .select()
        .from(announcements)
        .where(before === undefined ? undefined : lt(announcements.id, before))
        .orderBy(desc(announcements.id))
        .limit(limit);
    },

    /** What members of a surface are told at this moment, in the same order. */
    async current(
      exposure: "EXTERNAL" | "INTERNAL",
      now: number,
      before: string | undefined,
      limit: number,
    ): Promise<Announcement[]> {
      return q
        .select()
        .from(announcements)
        .where(
          and(
            inArray(announcements.exposure, [exposure, "BOTH"]),
            lte(announcements.startsAt, now),
            or(isNull(announcements.endsAt), gt(announcements.endsAt, now)),
            before === undefined ? undefined : lt(announcements.id, before),
          ),
        )
        .orderBy(desc(announcements.id))
        .limit(limit);
    },
  };
}
