import { Page } from "@medforge/contracts/envelope";
import { RecentSubmission } from "@medforge/contracts/submissions";
import type { Exposure } from "@medforge/core/session";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { createBoardFacts } from "../leaderboard/board-facts.ts";
import { submissionOnWire } from "./wire.ts";

/** What somebody has submitted lately, whatever it was for: all competitions of one surface in one list. */
export function recentSubmissionsRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  const facts = createBoardFacts(deps);

  return router(`/${surface}/submissions`).get(
    "",
    ({ request, query }) => {
      const filter = { userId: viewerOf(request).userId, exposure };
      return pageOf(
        deps,
        request,
        query,
        `${surface}-recent-submissions`,
        (before, limit) => deps.db.submissions.page(filter, before, limit),
        ({ submission }) => submission.id,
        (rows) =>
          Promise.all(
            rows.map(async (details) => {
              const { title, boardIdentityId } = details.competition;
              const [shown, { displayedDecimals }] = await Promise.all([
                submissionOnWire(deps, details),
                facts.rulesOf(boardIdentityId),
              ]);
              return { ...shown, competition_title: title, displayed_decimals: displayedDecimals };
            }),
          ),
      );
    },
    {
      query: PageQuery,
      response: { 200: Page(RecentSubmission) },
      detail: about(
        `${surface} submissions`,
        `Your submissions to all ${surface} competitions, newest first`,
      ),
    },
  );
}
