import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { Pack, PackWish } from "@medforge/contracts/packs";
import { MedforgeError } from "@medforge/core/errors";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { addPack } from "../packs/service.ts";
import { packOnWire } from "../packs/wire.ts";
import { auditAdmin } from "./audit.ts";

export function adminPacksRoutes(deps: Deps) {
  return router("/admin/packs")
    .get(
      "",
      async ({ request, query }) => {
        const all = await deps.db.packs.all();
        return pageById(
          deps,
          request,
          query,
          "all-packs",
          async (after, limit) => all.filter(({ id }) => after === undefined || id > after).slice(0, limit),
          packOnWire,
        );
      },
      {
        query: PageQuery,
        response: { 200: Page(Pack) },
        detail: about("admin", "Every pack, deprecated ones too"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const pack = await addPack(deps, {
          name: body.name,
          description: body.description ?? "",
          image: body.image,
          exposure: body.exposure,
        });
        await auditAdmin(deps, request, "admin.pack.add", pack.id, { name: pack.name, image: pack.image });
        return status(201, answer(deps, request, packOnWire(pack)));
      },
      {
        body: PackWish,
        response: { 201: Answer(Pack) },
        detail: about("admin", "Register a pack, pinned by digest", [
          "state_conflict",
          "runtime_unavailable",
        ]),
      },
    )
    .post(
      "/:id/deprecate",
      async ({ request, params }) => {
        await deps.db.packs.deprecate(params.id, deps.clock.now());
        const pack = await deps.db.packs.byId(params.id);
        if (pack === undefined) throw new MedforgeError("not_found", "There is no such pack.");
        await auditAdmin(deps, request, "admin.pack.deprecate", pack.id, { name: pack.name });
        return answer(deps, request, packOnWire(pack));
      },
      {
        params: IdParam,
        response: { 200: Answer(Pack) },
        detail: about("admin", "Take no new sessions with a pack", ["not_found"], "Those that run go on."),
      },
    );
}
