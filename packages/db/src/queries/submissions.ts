import { and, desc, eq, exists, inArray, isNull, lt, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/mysql-core";

import { competitions, type RUN_STATES, scoreRuns, submissions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";

export type Submission = typeof submissions.$inferSelect;
export type RunState = (typeof RUN_STATES)[number];
/** What pages and lists show of a run: everything but its values per case, which may be megabytes. */
export type ShownRun = Pick<
  typeof scoreRuns.$inferSelect,
  | "id"
  | "identityId"
  | "state"
  | "attempts"
  | "queuedAt"
  | "endedAt"
  | "score"
  | "components"
  | "warnings"
  | "errorCode"
  | "errorDetail"
>;

export interface SubmissionDetails {
  readonly submission: Submission;
  readonly competition: {
    readonly slug: string;
    readonly title: string;
    readonly exposure: "EXTERNAL" | "INTERNAL";
    readonly boardIdentityId: string;
    readonly targetIdentityId: string;
  };
  /** For the identity that the board shows, else for the one it will show next; null while neither is asked for. */
  readonly run: ShownRun | null;
}

const shownRun = {
  id: scoreRuns.id,
  identityId: scoreRuns.identityId,
  state: scoreRuns.state,
  attempts: scoreRuns.attempts,
  queuedAt: scoreRuns.queuedAt,
  endedAt: scoreRuns.endedAt,
  score: scoreRuns.score,
  components: scoreRuns.components,
  warnings: scoreRuns.warnings,
  errorCode: scoreRuns.errorCode,
  errorDetail: scoreRuns.errorDetail,
};
const ofBoard = alias(scoreRuns, "of_board");

export function submissionQueries(q: Queryable) {
  const details = () => {
    const isOnBoard = exists(
      q
        .select({ one: sql`1` })
        .from(ofBoard)
        .where(
          and(eq(ofBoard.submissionId, submissions.id), eq(ofBoard.identityId, competitions.boardIdentityId)),
        ),
    );
    const shownIdentity = sql`if(${isOnBoard}, ${competitions.boardIdentityId}, ${competitions.targetIdentityId})`;
    return q
      .select({
        submission: submissions,
        competition: {
          slug: competitions.slug,
          title: competitions.title,
          exposure: competitions.exposure,
          boardIdentityId: competitions.boardIdentityId,
          targetIdentityId: competitions.targetIdentityId,
        },
        run: shownRun,
      })
      .from(submissions)
      .innerJoin(competitions, eq(competitions.id, submissions.competitionId))
      .leftJoin(
        scoreRuns,
        and(eq(scoreRuns.submissionId, submissions.id), eq(scoreRuns.identityId, shownIdentity)),
      );
  };

  return {
    async add(submission: Submission): Promise<void> {
      await q.insert(submissions).values(submission);
    },

    async byId(id: string): Promise<SubmissionDetails | undefined> {
      return (await details().where(eq(submissions.id, id)).limit(1))[0];
    },

    /** Those of the named ids that are written down. */
    async among(ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set();
      const rows = await q
        .select({ id: submissions.id })
        .from(submissions)
        .where(inArray(submissions.id, [...ids]));
      return new Set(rows.map(({ id }) => id));
    },

    /** Newest first, before the one with id `before`. */
    async page(
      filter: {
        readonly userId?: string;
        readonly exposure?: "EXTERNAL" | "INTERNAL";
        readonly competitionId?: string;
        readonly competitionSlug?: string;
        readonly state?: RunState;
      },
      before: string | undefined,
      limit: number,
    ): Promise<SubmissionDetails[]> {
      const { userId, exposure, competitionId, competitionSlug, state } = filter;
      return details()
        .where(
          and(
            userId === undefined ? undefined : eq(submissions.userId, userId),
            exposure === undefined ? undefined : eq(competitions.exposure, exposure),
            competitionId === undefined ? undefined : eq(submissions.competitionId, competitionId),
            competitionSlug === undefined ? undefined : eq(competitions.slug, competitionSlug),
            state === undefined ? undefined : eq(scoreRuns.state, state),
            before === undefined ? undefined : lt(submissions.id, before),
          ),
        )
        .orderBy(desc(submissions.id))
        .limit(limit);
    },

    /** The user's newest of these bytes that still counts: not withdrawn, and not lost to a fault of the platform's. */
    async ofSameBytes(
      competitionId: string,
      userId: string,
      fileSha256: string,
    ): Promise<SubmissionDetails | undefined> {
      const rows = await details()
        .where(
          and(
            eq(submissions.competitionId, competitionId),
            eq(submissions.userId, userId),
            eq(submissions.fileSha256, fileSha256),
            isNull(submissions.withdrawnAt),
          ),
        )
        .orderBy(desc(submissions.id));
      return rows.find(({ run }) => run?.state !== "failed" || run.errorCode !== "internal_error");
    },

    /** Inside a transaction: neither withdrawn nor put on a board by anyone else until it ends. */
    async lock(id: string): Promise<Submission | undefined> {
      return (await q.select().from(submissions).where(eq(submissions.id, id)).limit(1).for("update"))[0];
    },

    /** The same for many, in the order of their ids. */
    async lockAll(ids: readonly string[]): Promise<Submission[]> {
      return q
        .select()
        .from(submissions)
        .where(inArray(submissions.id, [...ids]))
        .orderBy(submissions.id)
        .for("update");
    },

    /** @returns false when it was withdrawn already */
    async withdraw(id: string, at: number): Promise<boolean> {
      const [result] = await q
        .update(submissions)
        .set({ withdrawnAt: at })
        .where(and(eq(submissions.id, id), isNull(submissions.withdrawnAt)));
      return result.affectedRows === 1;
    },
  };
}
