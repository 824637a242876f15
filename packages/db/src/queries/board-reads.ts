import type { Standing } from "@medforge/core/leaderboard";
import { and, asc, eq, inArray, sql } from "drizzle-orm";

import { boardLines, boards, competitions } from "../competitions-schema.ts";
import type { Queryable } from "../database.ts";
import { users } from "../schema.ts";
import type { BoardLine } from "./boards.ts";
import { before, behind } from "./standings.ts";

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

/** What pages and rankings ask of boards. Nothing is locked, and nothing is changed. */
export function boardReads(q: Queryable) {
  const order = [asc(boardLines.sortKey), asc(boardLines.submittedAt), asc(boardLines.submissionId)] as const;
  const named = () =>
    q
      .select({ line: boardLines, displayName: users.displayName })
      .from(boardLines)
      .innerJoin(users, eq(users.id, boardLines.userId));

  return {
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
  };
}
