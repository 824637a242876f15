import { assert } from "@medforge/core/assert";
import { compareStandings, type Direction, type Standing, sortKey } from "@medforge/core/leaderboard";
import { and, asc, eq, getTableColumns, gt, inArray, isNull, or, sql } from "drizzle-orm";

import {
  type BoardStatistics,
  boardLines,
  boards,
  competitions,
  scoreRuns,
  submissions,
} from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import { isDuplicate } from "../faults.ts";
import { users } from "../schema.ts";
import { scoreRunQueries } from "./score-runs.ts";
import { before, behind } from "./standings.ts";

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
export interface ShownBoard {
  readonly competitionId: string;
  readonly exposure: "EXTERNAL" | "INTERNAL";
  readonly identityId: string;
  readonly targetIdentityId: string;
  readonly changedAt: number | null;
  readonly statisticsAt: number | null;
}
/** A competition with the board that it shows. */
export interface BoardOfSurface {
  readonly slug: string;
  readonly title: string;
  readonly retiredAt: number | null;
  readonly identityId: string;
  /** Null before anything was scored. */
  readonly changedAt: number | null;
}
export interface NamedLine {
  readonly line: BoardLine;
  readonly displayName: string;
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
  const order = [asc(boardLines.sortKey), asc(boardLines.submittedAt), asc(boardLines.submissionId)] as const;
  const named = () =>
    q
      .select({ line: boardLines, displayName: users.displayName })
      .from(boardLines)
      .innerJoin(users, eq(users.id, boardLines.userId));

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

    /** Which board a competition shows, and when that last changed; null before anything was scored. */
    async shown(slug: string): Promise<ShownBoard | undefined> {
      const rows = await q
        .select({
          competitionId: competitions.id,
          exposure: competitions.exposure,
          identityId: competitions.boardIdentityId,
          targetIdentityId: competitions.targetIdentityId,
          changedAt: boards.changedAt,
          statisticsAt: boards.statisticsAt,
        })
        .from(competitions)
        .leftJoin(boards, eq(boards.identityId, competitions.boardIdentityId))
        .where(eq(competitions.slug, slug))
        .limit(1);
      return rows[0];
    },

    /** Of every competition of a surface, retired ones too, by slug. */
    async onSurface(exposure: "EXTERNAL" | "INTERNAL"): Promise<BoardOfSurface[]> {
      return q
        .select({
          slug: competitions.slug,
          title: competitions.title,
          retiredAt: competitions.retiredAt,
          identityId: competitions.boardIdentityId,
          changedAt: boards.changedAt,
        })
        .from(competitions)
        .leftJoin(boards, eq(boards.identityId, competitions.boardIdentityId))
        .where(eq(competitions.exposure, exposure))
        .orderBy(asc(competitions.slug));
    },

    /** Everybody on a board, the best first. */
    async everybody(identityId: string): Promise<string[]> {
      const rows = await q
        .select({ userId: boardLines.userId })
        .from(boardLines)
        .where(eq(boardLines.identityId, identityId))
        .orderBy(...order);
      return rows.map(({ userId }) => userId);
    },

    /** Somebody's lines on these boards. */
    async linesOf(userId: string, identityIds: readonly string[]): Promise<BoardLine[]> {
      if (identityIds.length === 0) return [];
      return q
        .select()
        .from(boardLines)
        .where(and(inArray(boardLines.identityId, [...identityIds]), eq(boardLines.userId, userId)));
    },

    /** Inside a transaction: the board stays as it is until that ends, and who changes it waits. */
    async lock(identityId: string): Promise<Board | undefined> {
      const one = q.select().from(boards).where(eq(boards.identityId, identityId)).limit(1);
      return (await one.for("update"))[0];
    },

    async byIdentity(identityId: string): Promise<Board | undefined> {
      return (await q.select().from(boards).where(eq(boards.identityId, identityId)).limit(1))[0];
    },

    /** Of the boards that have lines: how many users are on it, and how many of their submissions were scored. */
    async sizes(
      identityIds: readonly string[],
    ): Promise<{ readonly identityId: string; readonly users: number; readonly submissions: number }[]> {
      if (identityIds.length === 0) return [];
      return q
        .select({
          identityId: boardLines.identityId,
          users: sql<number>`count(*)`.mapWith(Number),
          submissions: sql<number>`sum(${boardLines.submissions})`.mapWith(Number),
        })
        .from(boardLines)
        .where(inArray(boardLines.identityId, [...identityIds]))
        .groupBy(boardLines.identityId);
    },

    /** In the board's order, behind the line that is named. */
    async page(identityId: string, after: Standing | undefined, limit: number): Promise<NamedLine[]> {
      return named()
        .where(and(eq(boardLines.identityId, identityId), after === undefined ? undefined : behind(after)))
        .orderBy(...order)
        .limit(limit);
    },

    async lineOf(identityId: string, userId: string): Promise<NamedLine | undefined> {
      return (
        await named()
          .where(and(eq(boardLines.identityId, identityId), eq(boardLines.userId, userId)))
          .limit(1)
      )[0];
    },

    /** How many lines stand before this one, and behind the other one if that is given. */
    async countBefore(identityId: string, standing: Standing, other?: Standing): Promise<number> {
      const rows = await q
        .select({ n: sql<number>`count(*)`.mapWith(Number) })
        .from(boardLines)
        .where(
          and(
            eq(boardLines.identityId, identityId),
            before(standing),
            other === undefined ? undefined : behind(other),
          ),
        );
      return rows[0]?.n ?? 0;
    },

    /** Every so many lines the one that stands there, in the board's order: signposts for counting. */
    async everyNth(identityId: string, every: number): Promise<(Standing & { readonly place: number })[]> {
      const placed = q
        .select({
          sortKey: boardLines.sortKey,
          submittedAt: boardLines.submittedAt,
          submissionId: boardLines.submissionId,
          place:
            sql<number>`row_number() over (order by ${boardLines.sortKey}, ${boardLines.submittedAt}, ${boardLines.submissionId})`
              .mapWith(Number)
              .as("place"),
        })
        .from(boardLines)
        .where(eq(boardLines.identityId, identityId))
        .as("placed");
      return q.select().from(placed).where(sql`${placed.place} % ${every} = 0`).orderBy(placed.place);
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
