import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { AnySubmission, CompetitionSlug, SubmissionState } from "@medforge/contracts/submissions";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { pageOf, pageQuery } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { scoreAgain } from "../submissions/score-again.ts";
import { anySubmissionsOnWire } from "../submissions/wire.ts";
import { auditAdmin } from "./audit.ts";

export function adminSubmissionsRoutes(deps: Deps) {
  return router("/admin/submissions")
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "all-submissions",
          (before, limit) =>
            deps.db.submissions.page(
              {
                ...(query.competition === undefined ? {} : { competitionSlug: query.competition }),
                ...(query.status === undefined ? {} : { state: query.status }),
              },
              before,
              limit,
            ),
          ({ submission }) => submission.id,
          (rows) => anySubmissionsOnWire(deps, rows),
        ),
      {
        query: t.Object(
          {
            ...pageQuery,
            competition: t.Optional(CompetitionSlug),
            status: t.Optional(SubmissionState),
          },
          { additionalProperties: false },
        ),
        response: { 200: Page(AnySubmission) },
        detail: about("admin", "Everybody's submissions on both surfaces, newest first"),
      },
    )
    .post(
      "/:id/score",
      async ({ request, params, status }) => {
        const details = await scoreAgain(deps, params.id);
        if (details === undefined) throw new MedforgeError("not_found", "There is no such submission.");
        await auditAdmin(deps, request, "admin.submission.score", params.id);
        const one = (await anySubmissionsOnWire(deps, [details]))[0];
        assert(one !== undefined, "one in, one out");
        return status(202, answer(deps, request, one));
      },
      {
        params: IdParam,
        response: { 202: Answer(AnySubmission) },
        detail: about(
          "admin",
          "Score a submission once more",
          ["not_found"],
          "One that failed, or was never asked for under the present rules, is queued. One that is scored stays as it is: the same bytes would give the same score.",
        ),
      },
    );
}
