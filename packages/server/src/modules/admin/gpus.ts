import { Gpu, GpuPatch } from "@medforge/contracts/admin";
import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { MedforgeError } from "@medforge/core/errors";
import type { GpuWithHolder } from "@medforge/db/queries/gpus";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageById } from "../../http/cursor.ts";
import { answer, instantOrNull, instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { auditAdmin } from "./audit.ts";

export function adminGpusRoutes(deps: Deps) {
  return router("/admin/gpus")
    .get(
      "",
      async ({ request, query }) => {
        const all = await deps.db.gpus.withHolders();
        return pageById(
          deps,
          request,
          query,
          "gpus",
          async (after, limit) => all.filter(({ id }) => after === undefined || id > after).slice(0, limit),
          gpuOnWire,
        );
      },
      {
        query: PageQuery,
        response: { 200: Page(Gpu) },
        detail: about("admin", "Every GPU and who holds it"),
      },
    )
    .patch(
      "/:id",
      async ({ request, params, body }) => {
        if (!(await deps.db.gpus.update(params.id, { enabled: body.enabled }))) {
          throw new MedforgeError("not_found", "There is no such GPU.");
        }
        const gpu = (await deps.db.gpus.withHolders()).find(({ id }) => id === params.id);
        if (gpu === undefined) throw new MedforgeError("not_found", "There is no such GPU.");
        await auditAdmin(deps, request, "admin.gpu.update", gpu.uuid, body);
        // Somebody in the queue may have waited for this one.
        deps.bell.ring(gpu.id);
        return answer(deps, request, gpuOnWire(gpu));
      },
      {
        params: IdParam,
        body: GpuPatch,
        response: { 200: Answer(Gpu) },
        detail: about(
          "admin",
          "Enable or disable a GPU",
          ["not_found"],
          "A session that holds a disabled GPU goes on; no new one gets it.",
        ),
      },
    );
}

function gpuOnWire(gpu: GpuWithHolder) {
  return {
    id: gpu.id,
    uuid: gpu.uuid,
    name: gpu.name,
    kind: gpu.kind,
    memory_mib: gpu.memoryMib,
    enabled: gpu.enabled,
    present: gpu.present,
    session_id: gpu.holderSessionId,
    orphan_slug: gpu.orphanSlug,
    last_used_at: instantOrNull(gpu.lastUsedAt),
    created_at: instantText(gpu.createdAt),
  };
}
