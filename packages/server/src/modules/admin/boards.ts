import { Answer } from "@medforge/contracts/envelope";
import { ExportedBoard, Rescore, RescoreWish } from "@medforge/contracts/leaderboard";
import { CompetitionParam } from "@medforge/contracts/submissions";

import { exportBoard } from "../../competitions/export-board.ts";
import { rescore, rescoreNamed } from "../../competitions/rescore.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { auditAdmin } from "./audit.ts";

/** What organisers do with a board: publish it, and have it scored again. */
export function adminBoardsRoutes(deps: Deps) {
  return router("/admin/competitions/:slug")
    .get(
      "/board",
      async ({ request, params }) => answer(deps, request, await exportBoard(deps, params.slug)),
      {
        params: CompetitionParam,
        response: { 200: Answer(ExportedBoard) },
        detail: about("admin", "The whole board as canonical JSON with its SHA-256", ["not_found"]),
      },
    )
    .post(
      "/rescore",
      async ({ request, params, body, status }) => {
        const { queued, newVersions } =
          body.submissions === undefined
            ? await rescore(deps, params.slug)
            : await rescoreNamed(deps, params.slug, body.submissions);
        await auditAdmin(deps, request, "admin.competition.rescore", params.slug, { queued });
        return status(202, answer(deps, request, { queued, new_versions: newVersions }));
      },
      {
        params: CompetitionParam,
        body: RescoreWish,
        response: { 202: Answer(Rescore) },
        detail: about(
          "admin",
          "Score all submissions again, or the named ones",
          ["not_found", "state_conflict"],
          "The board goes on showing the scores from before and switches at once when all are there. What was scored with the same scorer, metrics and bundle stays as it is: it would come to the same.",
        ),
      },
    );
}
