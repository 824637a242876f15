import { Answer, Done, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { Workspace, WorkspacePatch, WorkspaceWish } from "@medforge/contracts/workspaces";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { auditAdmin } from "../admin/audit.ts";
import { askOperation, changeWorkspace, createWorkspace, ownWorkspace } from "./service.ts";
import { settled } from "./settled.ts";
import { workspaceOnWire } from "./wire.ts";

export function workspacesRoutes(deps: Deps) {
  return router("/workspaces")
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "workspaces",
          (after, limit) => deps.db.workspaces.ofUser(viewerOf(request).userId, after, limit),
          (workspace) => workspace.id,
          (rows) => Promise.all(rows.map((row) => workspaceOnWire(deps, row))),
        ),
      {
        query: PageQuery,
        response: { 200: Page(Workspace) },
        detail: about("workspaces", "Your workspaces, oldest first"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const workspace = await createWorkspace(deps, viewerOf(request), body.name);
        return status(201, answer(deps, request, await workspaceOnWire(deps, workspace)));
      },
      {
        body: WorkspaceWish,
        response: { 201: Answer(Workspace) },
        detail: about("workspaces", "Create a workspace", ["state_conflict"]),
      },
    )
    .get(
      "/:id",
      async ({ request, params }) => {
        const workspace = await ownWorkspace(deps, viewerOf(request), params.id);
        return answer(deps, request, await workspaceOnWire(deps, workspace));
      },
      {
        params: IdParam,
        response: { 200: Answer(Workspace) },
        detail: about("workspaces", "One workspace with its usage", ["not_found"]),
      },
    )
    .patch(
      "/:id",
      async ({ request, params, body }) => {
        const { quota_bytes: quotaBytes, name } = body;
        const workspace = await changeWorkspace(deps, viewerOf(request), params.id, { name, quotaBytes });
        if (quotaBytes !== undefined) {
          await auditAdmin(deps, request, "admin.workspace.quota", workspace.id, { quota_bytes: quotaBytes });
        }
        return answer(deps, request, await workspaceOnWire(deps, workspace));
      },
      {
        params: IdParam,
        body: WorkspacePatch,
        response: { 200: Answer(Workspace) },
        detail: about("workspaces", "Rename a workspace; admins: change anybody's quota", [
          "not_found",
          "forbidden",
          "state_conflict",
        ]),
      },
    )
    .delete(
      "/:id",
      async ({ request, params, status }) => {
        await askOperation(deps, viewerOf(request), params.id, { operation: "delete" });
        const end = await settled(deps, params.id);
        return status(end.is === "under-way" ? 202 : 200, answer(deps, request, null));
      },
      {
        params: IdParam,
        response: { 200: Done, 202: Done },
        detail: about(
          "workspaces",
          "Delete a workspace, its files and its snapshots",
          ["not_found", "workspace_in_use", "state_conflict"],
          "202: it is still under way.",
        ),
      },
    );
}
