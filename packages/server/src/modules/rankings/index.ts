import { Answer, Paged } from "@medforge/contracts/envelope";
import { HandleParam, Profile, type RankingLine, Rankings } from "@medforge/contracts/people";
import { handleOf } from "@medforge/core/handles";
import { compareTotals, type RankedTotal } from "@medforge/core/rankings";
import type { Exposure } from "@medforge/core/session";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { cursorFrom, keyFrom, LIMIT_DEFAULT, type List, PageQuery } from "../../http/cursor.ts";
import { answer, metaOf } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { callerOf, viewerOf } from "../../http/viewer.ts";
import { profileOf } from "./profile.ts";
import { counts, createStandings } from "./standings.ts";

/** People of one surface across its competitions; what they did on the other one is neither counted nor told here. */
export function rankingsRoutes<const Surface extends "external" | "internal">(deps: Deps, surface: Surface) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const standings = createStandings(deps, exposure);
  const list: List = { name: `${surface}-rankings`, key: /^\d{1,9}\.[0-9a-f-]{36}$/ };

  return router(`/${surface}`)
    .get(
      "/rankings",
      async ({ request, query }) => {
        const { user } = callerOf(request);
        const limit = query.limit ?? LIMIT_DEFAULT;
        const after = query.cursor === undefined ? undefined : totalOfKey(keyFrom(list, query.cursor));
        const { boards, ranked } = await standings();
        const found =
          after === undefined ? ranked : ranked.filter((total) => compareTotals(after, total) < 0);
        const page = found.slice(0, limit);
        const last = page.at(-1);
        const hasMore = found.length > limit && last !== undefined;
        const mine = ranked.find(({ userId }) => userId === user.id);
        const show = await shower(deps, user.id, mine === undefined ? page : [...page, mine]);
        return {
          data: {
            lines: page.flatMap(show),
            me: (mine === undefined ? [] : show(mine))[0] ?? null,
            listed: user.unlistedAt === null,
            people: ranked.length,
            counted: boards
              .filter(counts)
              .map(({ slug, title, places }) => ({ slug, title, people: places.size })),
            left_out: boards.filter((board) => !counts(board)).map(({ slug, title }) => ({ slug, title })),
          },
          meta: {
            ...metaOf(deps, request),
            limit,
            next_cursor: hasMore ? cursorFrom(list, `${last.points}.${last.userId}`) : null,
            has_more: hasMore,
          },
        };
      },
      {
        query: PageQuery,
        response: { 200: Paged(Rankings) },
        detail: about(
          `${surface} people`,
          `Who has most points over all ${surface} competitions, with your own line`,
          [],
          "Points of a place: round(100,000 · rank^-0.75 · log10(1 + log10(people on the board))). Competitions whose right answers are public count for nothing.",
        ),
      },
    )
    .get(
      "/people/:handle",
      async ({ request, params }) =>
        answer(
          deps,
          request,
          await profileOf(deps, await standings(), viewerOf(request).userId, params.handle),
        ),
      {
        params: HandleParam,
        response: { 200: Answer(Profile) },
        detail: about(
          `${surface} people`,
          `Somebody's profile: their places in ${surface} competitions`,
          ["not_found"],
          "Nobody sees the profile of somebody who is disabled, and only they themselves that of somebody who is not listed.",
        ),
      },
    );
}

/** Names are looked up for those who are shown; whoever is gone meanwhile is left out. */
async function shower(
  deps: Pick<Deps, "db">,
  viewerId: string,
  totals: readonly RankedTotal[],
): Promise<(total: RankedTotal) => RankingLine[]> {
  const users = await deps.db.users.named([...new Set(totals.map(({ userId }) => userId))]);
  const byId = new Map(users.map((user) => [user.id, user]));
  return ({ userId, rank, points, competitions }) => {
    const user = byId.get(userId);
    if (user === undefined) return [];
    const { displayName } = user;
    const is_me = userId === viewerId;
    return [{ rank, handle: handleOf(user), display_name: displayName, is_me, points, competitions }];
  };
}

function totalOfKey(key: string): { points: number; userId: string } {
  const dot = key.indexOf(".");
  return { points: Number(key.slice(0, dot)), userId: key.slice(dot + 1) };
}
