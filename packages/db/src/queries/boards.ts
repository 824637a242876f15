import { assert } from "@medforge/core/assert";
import { compareStandings, type Direction, sortKey } from "@medforge/core/leaderboard";
import { and, asc, eq, getTableColumns, gt, inArray, isNull, or, sql } from "drizzle-orm";

import { type BoardStatistics, boardLines, boards, scoreRuns, submissions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import { isDuplicate } from "../faults.ts";
import { boardReads } from "./board-reads.ts";
import { scoreRunQueries } from "./score-runs.ts";

export type BoardLine = typeof boardLines.$inferSelect;
export type Board = typeof boards.$inferSelect;
/** What of a line the statistics say. */
export type LineStatistics = Pick<
  BoardLine,
  | "userId"
  | "submissionId"
  | "intervalLow"
  | "intervalHigh"
  | "rankLow"
  | "rankHigh"
  | "firstProbability"
  | "tier"
>;
/** A scored submission that stands, or would stand, on a board. */
export interface Entry {
  readonly userId: string;
  readonly submissionId: string;
  readonly score: number;
  readonly submittedAt: number;
}
const NO_STATISTICS: Omit<LineStatistics, "userId" | "submissionId"> = {
  intervalLow: null,
  intervalHigh: null,
  rankLow: null,
  rankHigh: null,
  firstProbability: null,
  tier: null,
};

export function boardQueries(q: Queryable) {
  /** Inside a transaction: nobody else changes these lines until it ends. */
  async function lockedLines(identityId: string, userIds: readonly string[]): Promise<BoardLine[]> {
    return q
      .select()
      .from(boardLines)
      .where(and(eq(boardLines.identityId, identityId), inArray(boardLines.userId, [...userIds])))
      .orderBy(asc(boardLines.userId))
      .for("update");
  }

  async function write(identityId: string, userId: string, set: Partial<BoardLine>): Promise<void> {
    await q
      .update(boardLines)
      .set(set)
      .where(and(eq(boardLines.identityId, identityId), eq(boardLines.userId, userId)));
  }

  /** A place has changed. Each change has a moment of its own, later than all before it, whatever the clocks of the workers say. */
  async function touch(identityId: string, at: number): Promise<void> {
    await q
      .insert(boards)
      .values({ identityId, changedAt: at, statisticsAt: null, statistics: null })
      .onDuplicateKeyUpdate({
        set: {
          changedAt: sql`greatest(values(${boards.changedAt}), ${boards.changedAt} + interval 1000 microsecond)`,
        },
      });
  }

  /**
   * Inside a transaction, once for each scored run: a user's line shows the best of what is there and what is new.
   * Lines are taken in the order of their users, so that two who write many of them wait and do not lock each other out.
   */
  async function enterAll(
    identityId: string,
    direction: Direction,
    entries: readonly Entry[],
    at: number,
  ): Promise<void> {
    const users = [...new Set(entries.map(({ userId }) => userId))].sort();
    for (let tries = 1; ; tries++) {
      const there = await lockedLines(identityId, users);
      const lines = withEntries(identityId, direction, there, entries);
      const known = new Set(there.map(({ userId }) => userId));
      const fresh = lines.filter(({ userId }) => !known.has(userId));
      try {
        if (fresh.length > 0) await q.insert(boardLines).values(fresh);
      } catch (error) {
        // Somebody else has just made one of them: it is there now, and stays while we hold it.
        if (tries <= users.length && isDuplicate(error)) continue;
        throw error;
      }
      const changed = lines.filter(({ userId }) => known.has(userId));
      if (changed.length > 0) {
        await q.insert(boardLines).values(changed).onDuplicateKeyUpdate({ set: ALL_OF_A_LINE });
      }
      // Most submissions are not their users' best: places and statistics stay as they are.
      const bests = new Set(there.map(({ submissionId }) => submissionId));
      if (lines.some(({ submissionId }) => !bests.has(submissionId))) await touch(identityId, at);
      return;
    }
  }

  /** Inside a transaction: the line of a user, from what is scored and not withdrawn. */
  async function recount(
    identity: { readonly id: string; readonly direction: Direction },
    who: { readonly competitionId: string; readonly userId: string },
    at: number,
  ): Promise<void> {
    const [there] = await lockedLines(identity.id, [who.userId]);
    const best = identity.direction === "higher-is-better" ? sql`-${scoreRuns.score}` : scoreRuns.score;
    const mine = await q
      .select({
        userId: submissions.userId,
        submissionId: submissions.id,
        score: scoreRuns.score,
        submittedAt: submissions.createdAt,
        scored: sql<number>`count(*) over ()`.mapWith(Number),
      })
      .from(submissions)
      .innerJoin(
        scoreRuns,
        and(eq(scoreRuns.submissionId, submissions.id), eq(scoreRuns.identityId, identity.id)),
      )
      .where(
        and(
          eq(submissions.competitionId, who.competitionId),
          eq(submissions.userId, who.userId),
          isNull(submissions.withdrawnAt),
          eq(scoreRuns.state, "scored"),
        ),
      )
      .orderBy(best, asc(submissions.createdAt), asc(submissions.id))
      .limit(1);
    const [first] = mine;
    if (first === undefined || first.score === null) {
      await q
        .delete(boardLines)
        .where(and(eq(boardLines.identityId, identity.id), eq(boardLines.userId, who.userId)));
    } else {
      const fresh = lineOf(identity.direction, { ...first, score: first.score });
      const same = there?.submissionId === fresh.submissionId;
      const set = { ...(same ? {} : fresh), submissions: first.scored };
      if (there !== undefined) await write(identity.id, who.userId, set);
      else
        await q.insert(boardLines).values({ ...fresh, ...set, identityId: identity.id, userId: who.userId });
    }
    if (first?.submissionId !== there?.submissionId) await touch(identity.id, at);
  }

  return {
    ...boardReads(q),

    /** Inside a transaction, once for each scored run: see `enterAll`. */
    async enter(identityId: string, direction: Direction, entry: Entry, at: number): Promise<void> {
      await enterAll(identityId, direction, [entry], at);
    },

    enterAll,

    /** Inside the transaction of a withdrawal: the next best shows at once, on every board that it was scored for. */
    async withdrawn(
      submission: { readonly id: string; readonly competitionId: string; readonly userId: string },
      at: number,
    ): Promise<void> {
      const identities = await scoreRunQueries(q).scoredIdentities(submission.id);
      for (const identity of identities) await recount(identity, submission, at);
    },

    /** Inside a transaction: the board stays as it is until that ends, and who changes it waits. */
    async lock(identityId: string): Promise<Board | undefined> {
      const one = q.select().from(boards).where(eq(boards.identityId, identityId)).limit(1);
      return (await one.for("update"))[0];
    },

    async byIdentity(identityId: string): Promise<Board | undefined> {
      return (await q.select().from(boards).where(eq(boards.identityId, identityId)).limit(1))[0];
    },

    /** Boards that have changed since their statistics were computed, the longest ago first. */
    async changedSinceStatistics(): Promise<Board[]> {
      return q
        .select()
        .from(boards)
        .where(or(isNull(boards.statisticsAt), gt(boards.changedAt, boards.statisticsAt)))
        .orderBy(asc(boards.changedAt));
    },

    /**
     * Inside a transaction: what was computed of the board as it was at `changedAt`. A line that shows another submission
     * by now keeps none; a line that is not among them loses what it had.
     */
    async writeStatistics(
      identityId: string,
      changedAt: number,
      statistics: BoardStatistics,
      lines: readonly LineStatistics[],
    ): Promise<void> {
      await q
        .update(boardLines)
        .set({ ...NO_STATISTICS, statisticsFit: false })
        .where(and(eq(boardLines.identityId, identityId), eq(boardLines.statisticsFit, true)));
      for (const { userId, submissionId, ...said } of lines) {
        await q
          .update(boardLines)
          .set({ ...said, statisticsFit: true })
          .where(
            and(
              eq(boardLines.identityId, identityId),
              eq(boardLines.userId, userId),
              eq(boardLines.submissionId, submissionId),
            ),
          );
      }
      await q
        .update(boards)
        .set({ statistics, statisticsAt: changedAt })
        .where(eq(boards.identityId, identityId));
    },
  };
}

const ALL_OF_A_LINE = Object.fromEntries(
  Object.entries(getTableColumns(boardLines)).map(([name, column]) => [name, sql`values(${column})`]),
);

/** One line per user, in their order: the best of what is there and what is new, with all of them counted. */
function withEntries(
  identityId: string,
  direction: Direction,
  there: readonly BoardLine[],
  entries: readonly Entry[],
): BoardLine[] {
  const lines = new Map(there.map((line) => [line.userId, line]));
  for (const entry of entries) {
    const { userId } = entry;
    const before = lines.get(userId);
    const fresh = lineOf(direction, entry);
    const best = before !== undefined && compareStandings(before, fresh) < 0 ? before : fresh;
    lines.set(userId, { ...best, identityId, userId, submissions: (before?.submissions ?? 0) + 1 });
  }
  return [...lines.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
}

function lineOf(direction: Direction, { submissionId, score, submittedAt }: Entry) {
  assert(Number.isFinite(score), "only a finite score gets onto a board");
  return {
    submissionId,
    score,
    sortKey: sortKey(score, direction),
    submittedAt,
    ...NO_STATISTICS,
    statisticsFit: false,
  };
}
