import { Paged } from "@medforge/contracts/envelope";
import { Leaderboard } from "@medforge/contracts/leaderboard";
import { CompetitionParam } from "@medforge/contracts/submissions";
import { MedforgeError } from "@medforge/core/errors";
import type { Standing } from "@medforge/core/leaderboard";
import type { NamedLine, ShownBoard } from "@medforge/db/queries/board-reads";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { badCursor, cursorFrom, keyFrom, LIMIT_DEFAULT, PageQuery } from "../../http/cursor.ts";
import { metaOf } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { createBoardFacts } from "./board-facts.ts";
import { createRanks } from "./ranks.ts";
import { keyOfStanding, standingOfKey } from "./standing-key.ts";
import { lineOnWire, statisticsOnWire } from "./wire.ts";

/** The board of a competition on one surface: a table that the scoring transaction keeps, read by key. */
export function leaderboardRoutes(deps: Deps, surface: "external" | "internal") {
  const ranks = createRanks(deps);
  const facts = createBoardFacts(deps);

  return router(`/${surface}/competitions/:slug/leaderboard`).get(
    "",
    async ({ request, params, query }) => {
      const board = await boardAt(deps, surface, params.slug);
      // A cursor of a board that has been switched since would skip and repeat lines: it is none of this list.
      const list = `leaderboard-${board.identityId}`;
      const after = query.cursor === undefined ? undefined : startOf(list, query.cursor);
      const limit = query.limit ?? LIMIT_DEFAULT;
      const { userId } = viewerOf(request);
      const ranked = async (named: NamedLine | undefined) =>
        named && { named, rank: await ranks.rankOf(board, named.line) };
      const [found, me, rules, statistics] = await Promise.all([
        deps.db.boards.page(board.identityId, after, limit + 1),
        deps.db.boards.lineOf(board.identityId, userId).then(ranked),
        facts.rulesOf(board.identityId),
        facts.statisticsOf(board),
      ]);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const firstRank = after === undefined ? 1 : ((await ranked(page[0]))?.rank ?? 1);
      const hasMore = found.length > limit && last !== undefined;
      const show = (named: NamedLine, rank: number) => lineOnWire(named, rank, userId, rules, statistics);
      return {
        data: {
          lines: page.map((named, at) => show(named, firstRank + at)),
          me: me === undefined ? null : show(me.named, me.rank),
          direction: rules.direction,
          rescoring: board.identityId !== board.targetIdentityId,
          statistics: statistics && statisticsOnWire(statistics, board),
        },
        meta: {
          ...metaOf(deps, request),
          limit,
          next_cursor: hasMore ? cursorFrom(list, keyOfStanding(last.line)) : null,
          has_more: hasMore,
        },
      };
    },
    {
      params: CompetitionParam,
      query: PageQuery,
      response: { 200: Paged(Leaderboard) },
      detail: about("competitions", `The leaderboard of an ${surface} competition, with your own line`, [
        "not_found",
      ]),
    },
  );
}

async function boardAt(deps: Deps, surface: "external" | "internal", slug: string): Promise<ShownBoard> {
  const board = await deps.db.boards.shown(slug);
  if (board === undefined || board.exposure.toLowerCase() !== surface) {
    throw new MedforgeError("not_found", "There is no such competition on this surface.");
  }
  return board;
}

function startOf(list: string, cursor: string): Standing {
  const standing = standingOfKey(keyFrom(list, cursor));
  if (standing === undefined) throw badCursor();
  return standing;
}
