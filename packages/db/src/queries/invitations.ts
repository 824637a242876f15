import { and, desc, eq, gt, isNull, lt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { invitations } from "../schema.ts";

export type Invitation = typeof invitations.$inferSelect;

export function invitationQueries(q: Queryable) {
  return {
    async add(invitation: Invitation): Promise<void> {
      await q.insert(invitations).values(invitation);
    },

    async byHash(tokenHash: string): Promise<Invitation | undefined> {
      return (await q.select().from(invitations).where(eq(invitations.tokenHash, tokenHash)).limit(1))[0];
    },

    /** Newest first, before the one with id `before`. */
    async page(before: string | undefined, limit: number): Promise<Invitation[]> {
      const where = before === undefined ? undefined : lt(invitations.id, before);
      return q.select().from(invitations).where(where).orderBy(desc(invitations.id)).limit(limit);
    },

    /** Of two who use it at once one succeeds. @returns false when it is used, revoked or expired */
    async use(id: string, usedBy: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(invitations)
        .set({ usedAt: at, usedBy })
        .where(
          and(
            eq(invitations.id, id),
            isNull(invitations.usedAt),
            isNull(invitations.revokedAt),
            gt(invitations.expiresAt, at),
          ),
        );
      return result.affectedRows === 1;
    },

    /** @returns false when there is none, or it was used or revoked already */
    async revoke(id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(invitations)
        .set({ revokedAt: at })
        .where(and(eq(invitations.id, id), isNull(invitations.usedAt), isNull(invitations.revokedAt)));
      return result.affectedRows === 1;
    },
  };
}
