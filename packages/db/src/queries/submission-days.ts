import { and, eq, gt, sql } from "drizzle-orm";

import { submissionDays } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

/** Whose cap, of which competition, on which UTC day (`2026-11-22`). */
export interface SubmissionDay {
  readonly competitionId: string;
  readonly userId: string;
  readonly day: string;
}

export function submissionDayQueries(q: Queryable) {
  const only = ({ competitionId, userId, day }: SubmissionDay) =>
    and(
      eq(submissionDays.competitionId, competitionId),
      eq(submissionDays.userId, userId),
      eq(submissionDays.day, day),
    );

  return {
    /** Inside a transaction: how many were used, which nobody else changes until it ends. */
    async lock(of: SubmissionDay): Promise<number> {
      // Locks the row at once, be it new or not: INSERT IGNORE would only share it, and sharers wait for each other.
      await q
        .insert(submissionDays)
        .values({ ...of, used: 0 })
        .onDuplicateKeyUpdate({ set: { used: sql`${submissionDays.used}` } });
      const rows = await q
        .select({ used: submissionDays.used })
        .from(submissionDays)
        .where(only(of))
        .for("update");
      return rows[0]?.used ?? 0;
    },

    async used(of: SubmissionDay): Promise<number> {
      const rows = await q
        .select({ used: submissionDays.used })
        .from(submissionDays)
        .where(only(of))
        .limit(1);
      return rows[0]?.used ?? 0;
    },

    /** Inside the transaction that locked it. */
    async use(of: SubmissionDay): Promise<void> {
      await q
        .update(submissionDays)
        .set({ used: sql`${submissionDays.used} + 1` })
        .where(only(of));
    },

    /** For a submission that came to nothing through no fault of its user's. */
    async giveBack(of: SubmissionDay): Promise<void> {
      await q
        .update(submissionDays)
        .set({ used: sql`${submissionDays.used} - 1` })
        .where(and(only(of), gt(submissionDays.used, 0)));
    },
  };
}
