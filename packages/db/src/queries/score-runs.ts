import { and, count, eq, lt, or } from "drizzle-orm";

import { scoreRuns } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type ScoreRun = typeof scoreRuns.$inferSelect;

export function scoreRunQueries(q: Queryable) {
  return {
    /** Asks for a submission to be scored under an identity. Fails with a duplicate on `score_runs_once`. */
    async queue(run: Pick<ScoreRun, "id" | "submissionId" | "identityId" | "queuedAt">): Promise<void> {
      await q.insert(scoreRuns).values({ ...run, state: "queued", attempts: 0 });
    },

    /** How many queued runs are claimed before this one, counted up to `max`. */
    async ahead(run: Pick<ScoreRun, "queuedAt" | "id">, max: number): Promise<number> {
      const before = q
        .select({ id: scoreRuns.id })
        .from(scoreRuns)
        .where(
          and(
            eq(scoreRuns.state, "queued"),
            or(
              lt(scoreRuns.queuedAt, run.queuedAt),
              and(eq(scoreRuns.queuedAt, run.queuedAt), lt(scoreRuns.id, run.id)),
            ),
          ),
        )
        .limit(max)
        .as("before_it");
      return (await q.select({ n: count() }).from(before))[0]?.n ?? 0;
    },

    /** Gzipped JSON of a run's values per case. */
    async casesOf(runId: string): Promise<Uint8Array | null> {
      const rows = await q
        .select({ perCase: scoreRuns.perCase })
        .from(scoreRuns)
        .where(eq(scoreRuns.id, runId))
        .limit(1);
      return rows[0]?.perCase ?? null;
    },
  };
}
