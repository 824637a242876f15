import { AuditEntry } from "@medforge/contracts/admin";
import { Page } from "@medforge/contracts/envelope";
import { Id } from "@medforge/contracts/fields";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { pageOf, pageQuery } from "../../http/cursor.ts";
import { instantText } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";

export function adminAuditRoutes(deps: Deps) {
  return router("/admin/audit").get(
    "",
    ({ request, query }) =>
      pageOf(
        deps,
        request,
        query,
        "audit",
        (before, limit) =>
          deps.db.audit.page(
            {
              ...(query.actor_id === undefined ? {} : { actorId: query.actor_id }),
              ...(query.action === undefined ? {} : { action: query.action }),
            },
            before,
            limit,
          ),
        (entry) => entry.id,
        (entries) =>
          entries.map((entry) => ({
            id: entry.id,
            at: instantText(entry.at),
            actor_id: entry.actorId,
            action: entry.action,
            target: entry.target,
            detail: entry.detail,
            request_id: entry.requestId,
            address: entry.address,
          })),
      ),
    {
      query: t.Object(
        { ...pageQuery, actor_id: t.Optional(Id), action: t.Optional(t.String({ maxLength: 64 })) },
        { additionalProperties: false },
      ),
      response: { 200: Page(AuditEntry) },
      detail: about("admin", "Who did what, newest first"),
    },
  );
}
