import { desc, lt } from "drizzle-orm";

import { workers } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type Worker = typeof workers.$inferSelect;

export function workerQueries(q: Queryable) {
  return {
    /** A worker's sign of life. */
    async seen(worker: Worker): Promise<void> {
      await q
        .insert(workers)
        .values(worker)
        .onDuplicateKeyUpdate({ set: { seenAt: worker.seenAt } });
    },

    /** The last seen first. */
    async all(): Promise<Worker[]> {
      return q.select().from(workers).orderBy(desc(workers.seenAt));
    },

    /** Forgets those who were last seen before this moment. */
    async prune(before: number): Promise<void> {
      await q.delete(workers).where(lt(workers.seenAt, before));
    },
  };
}
