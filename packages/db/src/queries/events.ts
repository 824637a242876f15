import { and, asc, eq, gt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { sessionEvents } from "../schema.ts";

export type SessionEvent = typeof sessionEvents.$inferSelect;

export function eventQueries(q: Queryable) {
  return {
    /** In order, after the event with id `after`. */
    async ofSession(sessionId: string, after?: number): Promise<SessionEvent[]> {
      return q
        .select()
        .from(sessionEvents)
        .where(
          and(
            eq(sessionEvents.sessionId, sessionId),
            after === undefined ? undefined : gt(sessionEvents.id, after),
          ),
        )
        .orderBy(asc(sessionEvents.id));
    },
  };
}
