import type { Direction } from "@medforge/core/leaderboard";
import { and, asc, count, eq, gt, inArray, isNull, lt, ne, or, sql } from "drizzle-orm";

import { scoreIdentities, scoreRuns, submissions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type ScoreRun = typeof scoreRuns.$inferSelect;
export type NewRun = Pick<ScoreRun, "id" | "submissionId" | "identityId" | "queuedAt">;

/** A run that is ours to compute, with what that takes. */
export interface ClaimedRun {
  readonly id: string;
  readonly identityId: string;
  /** This claim included. */
  readonly attempts: number;
  readonly submission: {
    readonly id: string;
    readonly competitionId: string;
    readonly userId: string;
    readonly fileSha256: string;
    readonly createdAt: number;
  };
}

export interface Claim {
  /** Made for this claim alone; whoever has it may write the runs' ends. */
  readonly claim: string;
  readonly leaseMs: number;
  readonly runsMax: number;
  /** A worker computes identities of its own version only. */
  readonly scorerVersion: string;
}

export type Scored = Pick<ScoreRun, "components" | "perCase" | "warnings"> & { readonly score: number };

export interface QueueState {
  readonly queued: number;
  readonly scoring: number;
  readonly oldestQueuedAt: number | null;
}

/** A score, and of which run under which claim. */
export type ScoredEnd = Scored & { readonly runId: string; readonly claim: string };

const NOBODYS = { claim: null, leaseUntil: null } as const;
const SCORED = { ...NOBODYS, state: "scored", errorCode: null, errorDetail: null } as const;
/** What of a run its end changes. */
const END_OF_A_RUN = Object.fromEntries(
  (
    [
      "state",
      "claim",
      "leaseUntil",
      "endedAt",
      "score",
      "components",
      "perCase",
      "warnings",
      "errorCode",
      "errorDetail",
    ] as const
  ).map((name) => [name, sql`values(${scoreRuns[name]})`]),
);
const WAITS = ["queued", "scoring"] as const;

export function scoreRunQueries(q: Queryable) {
  /** Leases go by the database's clock: workers may be on machines whose clocks disagree. */
  const leaseEnd = (ms: number) => sql`now(6) + interval ${Math.round(ms * 1000)} microsecond`;
  const held = (run: { readonly id: string }, claim: string) =>
    and(eq(scoreRuns.id, run.id), eq(scoreRuns.state, "scoring"), eq(scoreRuns.claim, claim));

  async function due(which: "queued" | "expired", identities: readonly string[], limit: number) {
    const wanted =
      which === "queued"
        ? sql`state = 'queued'`
        : sql`state = 'scoring' and (lease_until is null or lease_until <= now(6))`;
    // With any other index every row that waits would be sorted, and so locked.
    const [rows] = await q.execute(
      sql`select id, attempts from score_runs force index (score_runs_waiting)
          where ${wanted} and identity_id in (${sql.join(
            identities.map((id) => sql`${id}`),
            sql`, `,
          )})
          order by queued_at, id limit ${limit} for update skip locked`,
    );
    return rows as unknown as readonly { readonly id: string; readonly attempts: number }[];
  }

  /** Inside a transaction. @returns for each whether its claim still held; if not, the end is somebody else's to write */
  async function scoredAll(ends: readonly ScoredEnd[], at: number): Promise<boolean[]> {
    const locked = await q
      .select({
        id: scoreRuns.id,
        submissionId: scoreRuns.submissionId,
        identityId: scoreRuns.identityId,
        state: scoreRuns.state,
        attempts: scoreRuns.attempts,
        claim: scoreRuns.claim,
        queuedAt: scoreRuns.queuedAt,
      })
      .from(scoreRuns)
      .where(
        inArray(
          scoreRuns.id,
          ends.map(({ runId }) => runId),
        ),
      )
      .orderBy(asc(scoreRuns.id))
      .for("update");
    const rows = ends.map(({ runId, claim, ...result }) => {
      const run = locked.find(({ id }) => id === runId);
      if (run?.state !== "scoring" || run.claim !== claim) return undefined;
      return { ...run, ...result, ...SCORED, endedAt: at };
    });
    const held = rows.filter((row) => row !== undefined);
    if (held.length > 0) await q.insert(scoreRuns).values(held).onDuplicateKeyUpdate({ set: END_OF_A_RUN });
    return rows.map((row) => row !== undefined);
  }

  return {
    /** Asks for a submission to be scored under an identity. Fails with a duplicate on `score_runs_once`. */
    async queue(run: NewRun): Promise<void> {
      await q.insert(scoreRuns).values({ ...run, state: "queued", attempts: 0 });
    },

    /** Asks for all of them; what was asked for before, whatever came of it, stays as it is. @returns how many are new */
    async queueAll(runs: readonly NewRun[]): Promise<number> {
      if (runs.length === 0) return 0;
      const [result] = await q
        .insert(scoreRuns)
        .ignore()
        .values(runs.map((run) => ({ ...run, state: "queued" as const, attempts: 0 })));
      return result.affectedRows;
    },

    /** A run that failed is computed once more. Its old fault stays until it ends: a cap is given back once only. */
    async queueAgain(id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(scoreRuns)
        .set({ state: "queued", attempts: 0, queuedAt: at, endedAt: null })
        .where(and(eq(scoreRuns.id, id), eq(scoreRuns.state, "failed")));
      return result.affectedRows === 1;
    },

    /**
     * Inside a transaction: takes what waits longest, and before that what somebody has let go of. A run that has been
     * tried before is taken alone: if it is what brought a worker down, its neighbours shall not be counted with it.
     */
    async claim(wish: Claim): Promise<ClaimedRun[]> {
      const own = await q
        .select({ id: scoreIdentities.id })
        .from(scoreIdentities)
        .where(eq(scoreIdentities.scorerVersion, wish.scorerVersion));
      if (own.length === 0) return [];
      const identities = own.map(({ id }) => id);
      const expired = await due("expired", identities, 1);
      const found = expired.length > 0 ? expired : await due("queued", identities, wish.runsMax);
      const triedAt = found.findIndex(({ attempts }) => attempts > 0);
      const taken = found.slice(0, triedAt < 0 ? found.length : Math.max(1, triedAt)).map(({ id }) => id);
      if (taken.length === 0) return [];
      await q
        .update(scoreRuns)
        .set({
          state: "scoring",
          attempts: sql`${scoreRuns.attempts} + 1`,
          claim: wish.claim,
          leaseUntil: leaseEnd(wish.leaseMs),
        })
        .where(inArray(scoreRuns.id, taken));
      return q
        .select({
          id: scoreRuns.id,
          identityId: scoreRuns.identityId,
          attempts: scoreRuns.attempts,
          submission: {
            id: submissions.id,
            competitionId: submissions.competitionId,
            userId: submissions.userId,
            fileSha256: submissions.fileSha256,
            createdAt: submissions.createdAt,
          },
        })
        .from(scoreRuns)
        .innerJoin(submissions, eq(submissions.id, scoreRuns.submissionId))
        .where(inArray(scoreRuns.id, taken))
        .orderBy(asc(scoreRuns.queuedAt), asc(scoreRuns.id));
    },

    /** The worker is still at it. @returns how many runs the claim still holds */
    async extendLease(claim: string, leaseMs: number): Promise<number> {
      const [result] = await q
        .update(scoreRuns)
        .set({ leaseUntil: leaseEnd(leaseMs) })
        .where(and(eq(scoreRuns.state, "scoring"), eq(scoreRuns.claim, claim)));
      return result.affectedRows;
    },

    /** Back into the queue, as if it had never been claimed. */
    async giveBack(run: { readonly id: string }, claim: string): Promise<void> {
      await q
        .update(scoreRuns)
        .set({
          state: "queued",
          attempts: sql`if(${scoreRuns.attempts} > 0, ${scoreRuns.attempts} - 1, 0)`,
          ...NOBODYS,
        })
        .where(held(run, claim));
    },

    /** It came to nothing; nobody claims it before this has passed. */
    async putOff(run: { readonly id: string }, claim: string, ms: number): Promise<void> {
      await q
        .update(scoreRuns)
        .set({ claim: null, leaseUntil: leaseEnd(ms) })
        .where(held(run, claim));
    },

    /** Inside a transaction. @returns false: the claim was lost, and somebody else writes the end */
    async scored(run: { readonly id: string }, claim: string, result: Scored, at: number): Promise<boolean> {
      return (await scoredAll([{ ...result, runId: run.id, claim }], at))[0] === true;
    },

    scoredAll,

    /** Inside a transaction. @returns false: the claim was lost, and somebody else writes the end */
    async failed(
      run: { readonly id: string },
      claim: string,
      fault: { readonly code: string; readonly detail: string },
      at: number,
    ): Promise<boolean> {
      const [moved] = await q
        .update(scoreRuns)
        .set({
          state: "failed",
          ...NOBODYS,
          endedAt: at,
          errorCode: fault.code,
          errorDetail: fault.detail.slice(0, 500),
        })
        .where(held(run, claim));
      return moved.affectedRows === 1;
    },

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

    /** Runs that failed with one of these codes are computed once more, as by `queueAgain`. @returns how many */
    async queueFailedAgain(identityId: string, codes: readonly string[], at: number): Promise<number> {
      const [result] = await q
        .update(scoreRuns)
        .set({ state: "queued", attempts: 0, queuedAt: at, endedAt: null })
        .where(
          and(
            eq(scoreRuns.identityId, identityId),
            eq(scoreRuns.state, "failed"),
            inArray(scoreRuns.errorCode, [...codes]),
          ),
        );
      return result.affectedRows;
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
