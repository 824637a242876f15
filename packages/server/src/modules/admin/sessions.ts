import { AnySession, Orphan, OrphanParam } from "@medforge/contracts/admin";
import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { SessionState } from "@medforge/contracts/sessions";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import { within } from "@medforge/runtime/deadline";
import { t } from "elysia";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf, pageQuery } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { stopSession } from "../sessions/service.ts";
import { sessionsOnWire } from "../sessions/wire.ts";
import { auditAdmin } from "./audit.ts";
import { findOrphans } from "./orphans.ts";

const REMOVE_MS = 60_000;

/** What admins see beyond the owner: whose it is, and the machine's own words, which may name host paths. */
async function anySessions(deps: Deps, rows: readonly SessionDetails[]): Promise<AnySession[]> {
  const wire = await sessionsOnWire(deps, rows);
  return wire.map((session, i) => ({
    ...session,
    user_id: rows[i]?.session.userId ?? "",
    last_error: rows[i]?.session.lastError ?? null,
  }));
}

export function adminSessionsRoutes(deps: Deps) {
  return router("/admin")
    .get(
      "/sessions",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "all-sessions",
          (before, limit) =>
            deps.db.sessions.page(
              query.status === undefined ? {} : { states: [query.status] },
              before,
              limit,
            ),
          ({ session }) => session.id,
          (rows) => anySessions(deps, rows),
        ),
      {
        query: t.Object({ ...pageQuery, status: t.Optional(SessionState) }, { additionalProperties: false }),
        response: { 200: Page(AnySession) },
        detail: about("admin", "Everybody's sessions on both surfaces, newest first"),
      },
    )
    .post(
      "/sessions/:id/stop",
      async ({ request, params, status }) => {
        const details = await deps.db.sessions.byId(params.id);
        if (details === undefined) throw new MedforgeError("not_found", "There is no such session.");
        const stopping = await stopSession(deps, details, `admin:${viewerOf(request).userId}`, "admin_stop");
        await auditAdmin(deps, request, "admin.session.stop", details.session.slug);
        const one = (await anySessions(deps, [stopping]))[0];
        assert(one !== undefined, "one in, one out");
        return status(202, answer(deps, request, one));
      },
      {
        params: IdParam,
        response: { 202: Answer(AnySession) },
        detail: about("admin", "Stop anybody's session", ["not_found"]),
      },
    )
    .get(
      "/orphans",
      async ({ request, query }) => {
        const all = await findOrphans(deps);
        return pageOf(
          deps,
          request,
          query,
          "orphans",
          async (after, limit) =>
            all.filter(({ slug }) => after === undefined || slug > after).slice(0, limit),
          ({ slug }) => slug,
          (orphans) =>
            orphans.map(({ slug, userId, gpuUuid, state }) => ({
              slug,
              user_id: userId,
              gpu_uuid: gpuUuid,
              running: state.is === "running",
            })),
        );
      },
      {
        query: PageQuery,
        response: { 200: Page(Orphan) },
        detail: about("admin", "Containers of ours that no session knows", ["runtime_unavailable"]),
      },
    )
    .delete(
      "/orphans/:slug",
      async ({ request, params }) => {
        const orphan = (await findOrphans(deps)).find(({ slug }) => slug === params.slug);
        if (orphan === undefined) {
          throw new MedforgeError(
            "not_found",
            "There is no orphan of that name. Sessions are stopped with `POST admin/sessions/{id}/stop`.",
          );
        }
        await auditAdmin(deps, request, "admin.orphan.remove", orphan.slug, {
          user_id: orphan.userId,
          gpu_uuid: orphan.gpuUuid,
        });
        await within(deps.clock, deps.config.stopGraceMs + REMOVE_MS, "removing an orphan", (signal) =>
          deps.containers.stop(orphan.slug, deps.config.stopGraceMs, signal),
        );
        await deps.keys.remove(orphan.slug);
        deps.bell.ring(orphan.sessionId ?? orphan.slug);
        return answer(deps, request, null);
      },
      {
        params: OrphanParam,
        response: { 200: Done },
        detail: about(
          "admin",
          "Remove a container that no session knows; its files stay",
          ["not_found", "runtime_unavailable"],
          "Be sure that the database is not one restored from an old backup: somebody may be working in there.",
        ),
      },
    );
}
