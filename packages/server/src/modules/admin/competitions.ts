import {
  AdminCompetition,
  CompetitionCheck,
  CompetitionImport,
} from "@medforge/contracts/admin-competitions";
import { Answer, Page } from "@medforge/contracts/envelope";
import { CompetitionParam } from "@medforge/contracts/submissions";
import { assert } from "@medforge/core/assert";
import type { Competition } from "@medforge/db/queries/competitions";

import { checkBundle } from "../../competitions/check.ts";
import { importBundle } from "../../competitions/import.ts";
import { retireCompetition } from "../../competitions/retire.ts";
import { withUploadedBundle } from "../../competitions/uploaded-bundle.ts";
import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { FILE_FORM, SILENCE_S } from "../../http/form-file.ts";
import { router } from "../../http/router.ts";
import { auditAdmin } from "./audit.ts";
import { adminCompetitionsOnWire, checkOnWire } from "./competitions-wire.ts";

const UPLOAD_CODES = ["state_conflict", "storage_full", "runtime_unavailable"] as const;

export function adminCompetitionsRoutes(deps: Deps) {
  return router("/admin/competitions")
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "all-competitions",
          (after, limit) => deps.db.competitions.page(undefined, after, limit),
          (competition) => competition.slug,
          (competitions) => adminCompetitionsOnWire(deps, competitions),
        ),
      {
        query: PageQuery,
        response: { 200: Page(AdminCompetition) },
        detail: about("admin", "Every competition of both surfaces by slug, retired ones too"),
      },
    )
    .post(
      "/check",
      async ({ request, server }) => {
        server?.timeout(request, SILENCE_S);
        const checked = await withUploadedBundle(deps, request, (zip) => {
          // Nothing is sent while a bundle is measured, however long that takes.
          server?.timeout(request, 0);
          return checkBundle(deps, zip);
        });
        return answer(deps, request, checkOnWire(checked));
      },
      {
        response: { 200: Answer(CompetitionCheck) },
        detail: {
          ...about(
            "admin",
            "Find every fault of a competition's bundle",
            UPLOAD_CODES,
            "A form with the bundle as one zip. Nothing is changed: the sample submission and a perfect one are scored, and the board they would make is shown. 422 `invalid_request` lists all faults, each with its file as `entry`.",
          ),
          requestBody: FILE_FORM,
        },
      },
    )
    .post(
      "",
      async ({ request, server, status }) => {
        server?.timeout(request, SILENCE_S);
        const { competition, change, checked } = await withUploadedBundle(deps, request, (zip) => {
          server?.timeout(request, 0);
          return importBundle(deps, zip);
        });
        if (change !== "unchanged")
          await auditAdmin(deps, request, "admin.competition.import", competition.id, {
            slug: competition.slug,
            change,
          });
        const imported = {
          competition: await onWire(deps, competition),
          change,
          notices: [...checked.notices],
        };
        return status(change === "added" ? 201 : 200, answer(deps, request, imported));
      },
      {
        response: { 200: Answer(CompetitionImport), 201: Answer(CompetitionImport) },
        detail: {
          ...about(
            "admin",
            "Import a competition",
            UPLOAD_CODES,
            "A form with the bundle as one zip; what `check` finds wrong with it is refused. The same bundle again changes nothing. Another one for a competition that is there changes its rules: submissions are scored again, and the board switches when all are.",
          ),
          requestBody: FILE_FORM,
        },
      },
    )
    .post(
      "/:slug/retire",
      async ({ request, params }) => {
        const competition = await retireCompetition(deps, params.slug);
        await auditAdmin(deps, request, "admin.competition.retire", competition.id, { slug: params.slug });
        return answer(deps, request, await onWire(deps, competition));
      },
      {
        params: CompetitionParam,
        response: { 200: Answer(AdminCompetition) },
        detail: about(
          "admin",
          "Take no more submissions to a competition",
          ["not_found"],
          "Its board and what was submitted stay to be seen. Importing its bundle again opens it again.",
        ),
      },
    );
}

async function onWire(deps: Deps, competition: Competition): Promise<AdminCompetition> {
  const [one] = await adminCompetitionsOnWire(deps, [competition]);
  assert(one !== undefined, "one in, one out");
  return one;
}
