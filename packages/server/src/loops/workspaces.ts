import { assert } from "@medforge/core/assert";
import type { Workspace } from "@medforge/db/queries/workspaces";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

import type { Deps } from "../deps.ts";
import { causeOf } from "../log.ts";

/** Does what was asked of a workspace's files: clone, restore, delete. Nobody may use them meanwhile. */

/** A directory store copies; ZFS takes milliseconds. */
const OPERATION_MS = 600_000;

/** Takes every operation that is asked for once; what fails for a passing reason is tried again by the next pass. */
export async function settleWorkspaces(deps: Deps): Promise<void> {
  for (const workspace of await deps.db.workspaces.withOperation()) {
    try {
      await operate(deps, workspace);
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      deps.log.warn("workspace.retry", {
        workspace_id: workspace.id,
        loop: "reconcile",
        operation: workspace.operation,
        error: causeOf(error),
      });
    }
    deps.bell.ring(workspace.id, "loop");
  }
}

async function operate(deps: Deps, workspace: Workspace): Promise<void> {
  const { id, operation } = workspace;
  assert(operation !== null, "only workspaces with an operation are asked for");
  try {
    await within(deps.clock, OPERATION_MS, `the ${operation} of a workspace`, () => perform(deps, workspace));
  } catch (error) {
    const refusal = whyNotDone(error, operation);
    if (refusal === undefined) throw error;
    deps.log.warn("workspace.refused", {
      workspace_id: id,
      loop: "reconcile",
      operation,
      error: causeOf(error),
    });
    // A clone that cannot be made leaves no empty workspace behind that looks like one.
    if (operation === "clone") await deps.db.workspaces.markDeleted(id, deps.clock.now(), refusal);
    else await deps.db.workspaces.settle(id, refusal);
    return;
  }
  if (operation === "delete") await deps.db.workspaces.markDeleted(id, deps.clock.now(), null);
  else await deps.db.workspaces.settle(id, null);
  deps.log.info(`workspace.${operation}`, { workspace_id: id, user_id: workspace.userId, loop: "reconcile" });
}

async function perform(deps: Deps, workspace: Workspace): Promise<void> {
  const ref = { userId: workspace.userId, workspaceId: workspace.id };
  const {
    operation,
    operationSnapshot: snapshot,
    operationSafety: safety,
    operationSourceId: sourceId,
  } = workspace;
  switch (operation) {
    case "restore":
      assert(snapshot !== null && safety !== null, "a restore names two snapshots");
      return deps.workspaces.restore(ref, snapshot, safety);
    case "clone":
      assert(snapshot !== null && sourceId !== null, "a clone names its source");
      return deps.workspaces.clone(
        { userId: workspace.userId, workspaceId: sourceId },
        snapshot,
        ref,
        workspace.quotaBytes,
      );
    case "delete":
      await deps.workspaces.destroy(ref);
      return deps.keys.forget(workspace.id);
    case null:
      return;
  }
}

/** What its owner is told when trying again cannot help. */
function whyNotDone(error: unknown, operation: string): string | undefined {
  if (!(error instanceof MachineError)) return undefined;
  switch (error.fault) {
    case "unreachable":
    case "deadline":
      return undefined;
    case "missing":
      return "There is no such snapshot any more. List the snapshots and choose one.";
    case "in-use":
      return operation === "delete"
        ? "A clone still needs the files of this workspace, or something uses them. Delete the clones first."
        : "Something still uses the files of this workspace. Stop its session, then try again.";
    case "full":
      return "The storage is full. Delete snapshots or workspaces, or ask an admin for room.";
    case "refused":
    case "broken":
      return "The storage refused it. Ask an admin: `./medforge doctor` and the log say why.";
  }
}
