import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { CloneWish, Snapshot, SnapshotParam, SnapshotWish, Workspace } from "@medforge/contracts/workspaces";
import { MedforgeError } from "@medforge/core/errors";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { viewerOf } from "../../http/viewer.ts";
import { askOperation, cloneWorkspace, ownWorkspace } from "./service.ts";
import { settled } from "./settled.ts";
import { requireSnapshot, snapshotsOf, takeSnapshot } from "./snapshots.ts";
import { snapshotOnWire, workspaceOnWire } from "./wire.ts";

export function snapshotsRoutes(deps: Deps) {
  return router("/workspaces/:id/snapshots")
    .get(
      "",
      async ({ request, params, query }) => {
        const workspace = await ownWorkspace(deps, viewerOf(request), params.id);
        const all = await snapshotsOf(deps, workspace);
        return pageOf(
          deps,
          request,
          query,
          "snapshots",
          async (after, limit) => {
            const from = after === undefined ? 0 : all.findIndex(({ name }) => name === after) + 1;
            return all.slice(from, from + limit);
          },
          (snapshot) => snapshot.name,
          (snapshots) => snapshots.map(snapshotOnWire),
        );
      },
      {
        params: IdParam,
        query: PageQuery,
        response: { 200: Page(Snapshot) },
        detail: about("workspaces", "A workspace's snapshots, oldest first", [
          "not_found",
          "runtime_unavailable",
        ]),
      },
    )
    .post(
      "",
      async ({ request, params, body, status }) => {
        const workspace = await ownWorkspace(deps, viewerOf(request), params.id);
        const snapshot = await takeSnapshot(deps, workspace, body.name);
        return status(201, answer(deps, request, snapshotOnWire(snapshot)));
      },
      {
        params: IdParam,
        body: SnapshotWish,
        response: { 201: Answer(Snapshot) },
        detail: about("workspaces", "Take a snapshot with a name of your own", [
          "not_found",
          "workspace_in_use",
          "state_conflict",
          "storage_full",
          "runtime_unavailable",
        ]),
      },
    )
    .post(
      "/:name/restore",
      async ({ request, params, status }) => {
        const viewer = viewerOf(request);
        const workspace = await ownWorkspace(deps, viewer, params.id);
        await requireSnapshot(deps, workspace, params.name);
        await askOperation(deps, viewer, workspace.id, {
          operation: "restore",
          snapshot: params.name,
          safety: `before-restore-${deps.clock.now()}`,
        });
        const end = await settled(deps, workspace.id);
        if (end.is === "gone") throw gone("The workspace was deleted meanwhile.");
        const data = answer(deps, request, await workspaceOnWire(deps, end.workspace));
        return status(end.is === "done" ? 200 : 202, data);
      },
      {
        params: SnapshotParam,
        response: { 200: Answer(Workspace), 202: Answer(Workspace) },
        detail: about(
          "workspaces",
          "Make the files those of the snapshot",
          ["not_found", "workspace_in_use", "state_conflict", "runtime_unavailable"],
          "What they replace is kept as snapshot `before-restore-…`. 202: it is still under way.",
        ),
      },
    )
    .post(
      "/:name/clone",
      async ({ request, params, body, status }) => {
        const viewer = viewerOf(request);
        const source = await ownWorkspace(deps, viewer, params.id);
        await requireSnapshot(deps, source, params.name);
        const clone = await cloneWorkspace(deps, viewer, { id: source.id, snapshot: params.name }, body.name);
        const end = await settled(deps, clone.id);
        if (end.is === "gone") {
          throw gone("The clone was deleted meanwhile.");
        }
        const data = answer(deps, request, await workspaceOnWire(deps, end.workspace));
        return status(end.is === "done" ? 201 : 202, data);
      },
      {
        params: SnapshotParam,
        body: CloneWish,
        response: { 201: Answer(Workspace), 202: Answer(Workspace) },
        detail: about(
          "workspaces",
          "Make a new workspace with the files of the snapshot",
          ["not_found", "workspace_in_use", "state_conflict", "runtime_unavailable"],
          "202: it is still under way.",
        ),
      },
    );
}

function gone(why: string): MedforgeError {
  return new MedforgeError("state_conflict", `${why} List what there is, then try again.`);
}
