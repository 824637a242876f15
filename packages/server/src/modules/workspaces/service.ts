import type { Viewer } from "@medforge/core/access";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import { isDuplicate } from "@medforge/db/faults";
import type { OperationWish, Workspace } from "@medforge/db/queries/workspaces";
import { within } from "@medforge/runtime/deadline";

import type { Deps } from "../../deps.ts";
import { newWorkspace } from "../sessions/service.ts";

/** Requests only write down what is to be done with the files; `loops/workspaces.ts` does it. */

const WORKSPACES_MAX = 20;
const QUOTA_MS = 10_000;

/** @throws MedforgeError `not_found`, also for somebody else's */
export async function ownWorkspace(deps: Deps, viewer: Viewer, id: string): Promise<Workspace> {
  const workspace = await deps.db.workspaces.byId(id);
  if (workspace === undefined || workspace.userId !== viewer.userId) throw noSuchWorkspace();
  return workspace;
}

export async function createWorkspace(deps: Deps, viewer: Viewer, name: string): Promise<Workspace> {
  return adding(name, () =>
    deps.db.transaction(async (tx) => {
      await refuseTooMany(tx, viewer.userId);
      const workspace = newWorkspace(deps, viewer.userId, name, deps.clock.now());
      await tx.workspaces.add(workspace);
      return workspace;
    }),
  );
}

/** A workspace of its own with the files of a snapshot; whoever works in the source goes on undisturbed. */
export async function cloneWorkspace(
  deps: Deps,
  viewer: Viewer,
  source: { readonly id: string; readonly snapshot: string },
  name: string,
): Promise<Workspace> {
  const clone = await adding(name, () =>
    deps.db.transaction(async (tx) => {
      await refuseTooMany(tx, viewer.userId);
      const from = await tx.workspaces.lock(source.id);
      if (from === undefined || from.userId !== viewer.userId) throw noSuchWorkspace();
      if (from.operation !== null) throw underWay(from);
      const workspace: Workspace = {
        ...newWorkspace(deps, viewer.userId, name, deps.clock.now()),
        quotaBytes: from.quotaBytes,
        operation: "clone",
        operationSourceId: from.id,
        operationSnapshot: source.snapshot,
      };
      await tx.workspaces.add(workspace);
      return workspace;
    }),
  );
  deps.bell.ring(clone.id);
  return clone;
}

/** Restore and delete: only while no session, not even a waiting one, means to use the files. */
export async function askOperation(
  deps: Deps,
  viewer: Viewer,
  id: string,
  wish: OperationWish,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const workspace = await tx.workspaces.lock(id);
    if (workspace === undefined || workspace.userId !== viewer.userId) throw noSuchWorkspace();
    await refuseInUse(tx, workspace);
    if (!(await tx.workspaces.ask(id, wish))) throw underWay(workspace);
  });
  deps.bell.ring(id);
}

async function refuseInUse(tx: Tables, workspace: Workspace): Promise<void> {
  const session = await tx.sessions.ofWorkspace(workspace.id);
  if (session === undefined) return;
  throw new MedforgeError(
    "workspace_in_use",
    `Session ${session.slug} (${session.state}) uses this workspace. Stop it, then try again.`,
  );
}

/** The name for its owner, the quota for admins only: theirs is the disk. */
export async function changeWorkspace(
  deps: Deps,
  viewer: Viewer,
  id: string,
  wish: { readonly name?: string | undefined; readonly quotaBytes?: number | undefined },
): Promise<Workspace> {
  const workspace = await deps.db.workspaces.byId(id);
  const own = workspace?.userId === viewer.userId;
  if (workspace === undefined || (!own && viewer.role !== "admin")) throw noSuchWorkspace();
  if (wish.name !== undefined && !own) {
    throw new MedforgeError("forbidden", "Only its owner names a workspace.");
  }
  if (wish.quotaBytes !== undefined && viewer.role !== "admin") {
    throw new MedforgeError("forbidden", "Only admins change a quota. Ask one, or delete files.");
  }
  const set = {
    ...(wish.name === undefined ? {} : { name: wish.name }),
    ...(wish.quotaBytes === undefined ? {} : { quotaBytes: wish.quotaBytes }),
  };
  await adding(wish.name ?? workspace.name, () => deps.db.workspaces.update(id, set));
  if (wish.quotaBytes !== undefined) await applyQuota(deps, workspace, wish.quotaBytes);
  const after = await deps.db.workspaces.byId(id);
  if (after === undefined) throw noSuchWorkspace();
  return after;
}

/** For a session that runs now. Every start sets the quota again, so a failure here is only a delay. */
async function applyQuota(deps: Deps, workspace: Workspace, quotaBytes: number): Promise<void> {
  if (workspace.operation !== null || (await deps.db.sessions.ofWorkspace(workspace.id)) === undefined)
    return;
  const ref = { userId: workspace.userId, workspaceId: workspace.id };
  try {
    await within(deps.clock, QUOTA_MS, "setting a quota", () => deps.workspaces.ensure(ref, quotaBytes));
  } catch (error) {
    deps.log.error("workspace.quota_later", { workspace_id: workspace.id }, error);
  }
}

async function refuseTooMany(tx: Tables, userId: string): Promise<void> {
  const user = await tx.users.lock(userId);
  assert(user !== undefined, "users are never deleted");
  if ((await tx.workspaces.ofUser(userId, undefined, WORKSPACES_MAX)).length < WORKSPACES_MAX) return;
  throw new MedforgeError(
    "state_conflict",
    `You have ${WORKSPACES_MAX} workspaces, the most there may be. Delete one first.`,
  );
}

async function adding<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicate(error, "workspaces_live_name")) throw error;
    throw new MedforgeError(
      "state_conflict",
      `You have a workspace "${name}" already. Choose another name.`,
      {
        fields: [{ path: "name", message: "is taken" }],
      },
    );
  }
}

export function underWay(workspace: Workspace): MedforgeError {
  return new MedforgeError(
    "workspace_in_use",
    `The workspace is being changed (${workspace.operation}). Try again in a moment.`,
  );
}

function noSuchWorkspace(): MedforgeError {
  return new MedforgeError("not_found", "You have no such workspace. `GET /api/v2/workspaces` lists yours.");
}
