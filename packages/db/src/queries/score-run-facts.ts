import type { Direction } from "@medforge/core/leaderboard";
import { and, asc, count, eq, gt, inArray, isNull, lt, ne, or, sql } from "drizzle-orm";

import { scoreIdentities, scoreRuns, submissions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import type { ScoreRun } from "./score-runs.ts";

export interface QueueState {
  readonly queued: number;
  readonly scoring: number;
  readonly oldestQueuedAt: number | null;
}

const WAITS = ["queued", "scoring"] as const;

/** What runs there are and what came of them, for whoever asks; `score-runs.ts` is their life. */
export function scoreRunFacts(q: Queryable) {
  return {
    /** All runs of a submission, without what they scored per case. */
    async ofSubmission(
      submissionId: string,
    ): Promise<Pick<ScoreRun, "id" | "identityId" | "state" | "score" | "errorCode">[]> {
      return q
        .select({
          id: scoreRuns.id,
          identityId: scoreRuns.identityId,
          state: scoreRuns.state,
          score: scoreRuns.score,
          errorCode: scoreRuns.errorCode,
        })
        .from(scoreRuns)
        .where(eq(scoreRuns.submissionId, submissionId));
    },

    /** The identities that a submission has a score for. */
    async scoredIdentities(submissionId: string): Promise<{ id: string; direction: Direction }[]> {
      return q
        .select({ id: scoreIdentities.id, direction: scoreIdentities.direction })
        .from(scoreRuns)
        .innerJoin(scoreIdentities, eq(scoreIdentities.id, scoreRuns.identityId))
        .where(and(eq(scoreRuns.submissionId, submissionId), eq(scoreRuns.state, "scored")));
    },

    /** Ids of submissions that count and have no run for this identity, oldest first, behind the one named. */
    async submissionsWithout(
      competitionId: string,
      identityId: string,
      after: string,
      limit: number,
    ): Promise<string[]> {
      const rows = await q
        .select({ id: submissions.id })
        .from(submissions)
        .leftJoin(
          scoreRuns,
          and(eq(scoreRuns.submissionId, submissions.id), eq(scoreRuns.identityId, identityId)),
        )
        .where(
          and(
            eq(submissions.competitionId, competitionId),
            isNull(submissions.withdrawnAt),
            isNull(scoreRuns.id),
            gt(submissions.id, after),
          ),
        )
        .orderBy(asc(submissions.id))
        .limit(limit);
      return rows.map(({ id }) => id);
    },

    /** Whether anything of this identity is still to be computed. */
    async waitsFor(identityId: string): Promise<boolean> {
      const rows = await q
        .select({ id: scoreRuns.id })
        .from(scoreRuns)
        .where(and(eq(scoreRuns.identityId, identityId), inArray(scoreRuns.state, [...WAITS])))
        .limit(1);
      return rows.length > 0;
    },

    /** Runs that wait for a scorer of another version than this one, which therefore no worker of it takes. */
    async waitingForOthers(scorerVersion: string): Promise<number> {
      const rows = await q
        .select({ n: count() })
        .from(scoreRuns)
        .innerJoin(scoreIdentities, eq(scoreIdentities.id, scoreRuns.identityId))
        .where(and(inArray(scoreRuns.state, [...WAITS]), ne(scoreIdentities.scorerVersion, scorerVersion)));
      return rows[0]?.n ?? 0;
    },

    /** Runs that were asked for since then and failed with this code. */
    async countFailed(errorCode: string, since: number): Promise<number> {
      const rows = await q
        .select({ n: count() })
        .from(scoreRuns)
        .where(
          and(
            eq(scoreRuns.state, "failed"),
            gt(scoreRuns.queuedAt, since),
            eq(scoreRuns.errorCode, errorCode),
          ),
        );
      return rows[0]?.n ?? 0;
    },

    async queueState(): Promise<QueueState> {
      const rows = await q
        .select({
          state: scoreRuns.state,
          n: sql<number>`count(*)`.mapWith(Number),
          oldest: sql<number>`min(${scoreRuns.queuedAt})`.mapWith(scoreRuns.queuedAt),
        })
        .from(scoreRuns)
        .where(inArray(scoreRuns.state, [...WAITS]))
        .groupBy(scoreRuns.state);
      const of = (state: "queued" | "scoring") => rows.find((row) => row.state === state);
      return {
        queued: of("queued")?.n ?? 0,
        scoring: of("scoring")?.n ?? 0,
        oldestQueuedAt: of("queued")?.oldest ?? null,
      };
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

    /** Gzipped JSON of what a submission scored per case under an identity. */
    async casesUnder(identityId: string, submissionId: string): Promise<Uint8Array | null> {
      const rows = await q
        .select({ perCase: scoreRuns.perCase })
        .from(scoreRuns)
        .where(and(eq(scoreRuns.submissionId, submissionId), eq(scoreRuns.identityId, identityId)))
        .limit(1);
      return rows[0]?.perCase ?? null;
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
