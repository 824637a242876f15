import { MedforgeError } from "@medforge/core/errors";
import { isAutomatic } from "@medforge/core/retention";
import type { Workspace } from "@medforge/db/queries/workspaces";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";
import type { Snapshot, WorkspaceRef } from "@medforge/runtime/workspaces/port";

import type { Deps } from "../../deps.ts";
import { underWay } from "./service.ts";

const LIST_MS = 10_000;
const TAKE_MS = 30_000;
const NAMED_MAX = 100;

export function refOf(workspace: Workspace): WorkspaceRef {
  return { userId: workspace.userId, workspaceId: workspace.id };
}

/** Oldest first; none while the workspace has no files yet. */
export async function snapshotsOf(deps: Deps, workspace: Workspace): Promise<Snapshot[]> {
  try {
    return await within(deps.clock, LIST_MS, "listing snapshots", () =>
      deps.workspaces.snapshots(refOf(workspace)),
    );
  } catch (error) {
    if (error instanceof MachineError && error.fault === "missing") return [];
    throw error;
  }
}

/** @throws MedforgeError `not_found` */
export async function requireSnapshot(deps: Deps, workspace: Workspace, name: string): Promise<void> {
  if ((await snapshotsOf(deps, workspace)).some((snapshot) => snapshot.name === name)) return;
  throw new MedforgeError(
    "not_found",
    `This workspace has no snapshot "${name}". \`GET /api/v2/workspaces/${workspace.id}/snapshots\` lists them.`,
  );
}

/** A snapshot with a name of the user's own; those are only ever removed with the workspace. */
export async function takeSnapshot(deps: Deps, workspace: Workspace, name: string): Promise<Snapshot> {
  if (isAutomatic(name)) {
    throw new MedforgeError(
      "invalid_request",
      "That name is one that MedForge gives itself. Choose another.",
      {
        fields: [{ path: "name", message: "must not look like an automatic snapshot's" }],
      },
    );
  }
  if (workspace.operation !== null) throw underWay(workspace);
  const before = await snapshotsOf(deps, workspace);
  if (before.some((snapshot) => snapshot.name === name)) {
    throw new MedforgeError("state_conflict", `There is a snapshot "${name}" already. Choose another name.`);
  }
  if (before.filter((snapshot) => !isAutomatic(snapshot.name)).length >= NAMED_MAX) {
    throw new MedforgeError(
      "state_conflict",
      `This workspace has ${NAMED_MAX} named snapshots, the most there may be.`,
    );
  }
  try {
    await within(deps.clock, TAKE_MS, "taking a snapshot", () =>
      deps.workspaces.snapshot(refOf(workspace), name),
    );
  } catch (error) {
    if (!(error instanceof MachineError) || error.fault !== "missing") throw error;
    throw new MedforgeError(
      "state_conflict",
      "This workspace has no files yet. Start a session in it first.",
    );
  }
  const taken = (await snapshotsOf(deps, workspace)).find((snapshot) => snapshot.name === name);
  if (taken === undefined) {
    throw new MedforgeError(
      "state_conflict",
      "The workspace changed meanwhile. List the snapshots, then try again.",
    );
  }
  return taken;
}
