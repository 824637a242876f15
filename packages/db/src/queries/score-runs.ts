import { and, asc, eq, inArray, sql } from "drizzle-orm";

import { scoreIdentities, scoreRuns, submissions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import { scoreRunFacts } from "./score-run-facts.ts";

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
    ...scoreRunFacts(q),

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
  };
}
