import { and, desc, eq, lt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { auditLog } from "../schema.ts";

export type AuditEntry = typeof auditLog.$inferSelect;

export function auditQueries(q: Queryable) {
  return {
    async add(entry: AuditEntry): Promise<void> {
      await q.insert(auditLog).values(entry);
    },

    /** Newest first, before the one with id `before`. */
    async page(
      filter: { readonly actorId?: string; readonly action?: string },
      before: string | undefined,
      limit: number,
    ): Promise<AuditEntry[]> {
      return q
        .select()
        .from(auditLog)
        .where(
          and(
            filter.actorId === undefined ? undefined : eq(auditLog.actorId, filter.actorId),
            filter.action === undefined ? undefined : eq(auditLog.action, filter.action),
            before === undefined ? undefined : lt(auditLog.id, before),
          ),
        )
        .orderBy(desc(auditLog.id))
        .limit(limit);
    },
  };
}
