import { eq, lt, sql } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { rateLimits } from "../schema.ts";

export function rateLimitQueries(q: Queryable) {
  return {
    /** Counts one hit in a fixed window, and says how many there are now and when the window ends. */
    async hit(
      bucket: string,
      now: number,
      windowMs: number,
    ): Promise<{ hits: number; windowEndsAt: number }> {
      const over = sql`${rateLimits.windowEndsAt} <= ${new Date(now).toISOString().replace("T", " ").replace("Z", "")}`;
      await q
        .insert(rateLimits)
        .values({ bucket, hits: 1, windowEndsAt: now + windowMs })
        // MariaDB assigns from left to right: `hits` still sees the old end of the window.
        .onDuplicateKeyUpdate({
          set: {
            hits: sql`if(${over}, 1, ${rateLimits.hits} + 1)`,
            windowEndsAt: sql`if(${over}, values(${rateLimits.windowEndsAt}), ${rateLimits.windowEndsAt})`,
          },
        });
      const rows = await q.select().from(rateLimits).where(eq(rateLimits.bucket, bucket)).limit(1);
      return { hits: rows[0]?.hits ?? 1, windowEndsAt: rows[0]?.windowEndsAt ?? now + windowMs };
    },

    async prune(now: number): Promise<number> {
      const [result] = await q.delete(rateLimits).where(lt(rateLimits.windowEndsAt, now));
      return result.affectedRows;
    },
  };
}
