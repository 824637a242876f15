import { Page } from "@medforge/contracts/envelope";
import { Pack } from "@medforge/contracts/packs";
import { mayUseSurface } from "@medforge/core/access";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { pageById, pageQuery } from "../../http/cursor.ts";
import { router } from "../../http/router.ts";
import { internalRefused, viewerOf } from "../../http/viewer.ts";
import { packOnWire } from "./wire.ts";

export function packsRoutes(deps: Deps) {
  return router("/packs").get(
    "",
    ({ request, query }) => {
      const exposure = query.exposure === "internal" ? "INTERNAL" : "EXTERNAL";
      if (!mayUseSurface(viewerOf(request), exposure)) throw internalRefused();
      return pageById(
        deps,
        request,
        query,
        `${exposure.toLowerCase()}-packs`,
        (after, limit) => deps.db.packs.usable(exposure, after, limit),
        packOnWire,
      );
    },
    {
      query: t.Object(
        { ...pageQuery, exposure: t.Optional(t.Union([t.Literal("external"), t.Literal("internal")])) },
        { additionalProperties: false },
      ),
      response: { 200: Page(Pack) },
      detail: about("packs", "Packs for new sessions on a surface (default external)", [
        "internal_access_required",
      ]),
    },
  );
}
