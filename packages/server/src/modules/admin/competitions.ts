import { AdminCompetition } from "@medforge/contracts/admin-competitions";
import { Page } from "@medforge/contracts/envelope";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { router } from "../../http/router.ts";
import { adminCompetitionsOnWire } from "./competitions-wire.ts";

export function adminCompetitionsRoutes(deps: Deps) {
  return router("/admin/competitions").get(
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
  );
}
