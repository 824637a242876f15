import { eq, lt } from "drizzle-orm";

import type { Queryable } from "../database.ts";
import { sessionTickets } from "../gate-schema.ts";

export type SessionTicket = typeof sessionTickets.$inferSelect;

export function sessionTicketQueries(q: Queryable) {
  return {
    async add(ticket: SessionTicket): Promise<void> {
      await q.insert(sessionTickets).values(ticket);
    },

    /**
     * Inside a transaction, or what comes of the ticket could be lost with it. Of all who try only one gets it.
     * @returns the ticket, an expired one too, or undefined when there is none, or none any more
     */
    async take(tokenHash: string): Promise<SessionTicket | undefined> {
      const [ticket] = await q
        .select()
        .from(sessionTickets)
        .where(eq(sessionTickets.tokenHash, tokenHash))
        .for("update");
      if (ticket !== undefined) await q.delete(sessionTickets).where(eq(sessionTickets.tokenHash, tokenHash));
      return ticket;
    },

    async prune(before: number): Promise<number> {
      const [result] = await q.delete(sessionTickets).where(lt(sessionTickets.expiresAt, before));
      return result.affectedRows;
    },
  };
}
