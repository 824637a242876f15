import type { Snapshot, Workspace } from "@medforge/contracts/workspaces";
import { isAutomatic } from "@medforge/core/retention";
import type { Workspace as Row } from "@medforge/db/queries/workspaces";
import { within } from "@medforge/runtime/deadline";
import type { Snapshot as Taken } from "@medforge/runtime/workspaces/port";

import type { Deps } from "../../deps.ts";
import { instantText } from "../../http/envelope.ts";
import { causeOf } from "../../log.ts";

const USAGE_MS = 3_000;
/** Below this, programs fail as if it were full: ZFS needs some room to write that something is gone. */
const FULL_BYTES_LEFT = 1024 ** 2;

export async function workspaceOnWire(deps: Deps, workspace: Row): Promise<Workspace> {
  const [usage, session] = await Promise.all([
    usageOf(deps, workspace),
    deps.db.sessions.ofWorkspace(workspace.id),
  ]);
  return {
    id: workspace.id,
    name: workspace.name,
    quota_bytes: workspace.quotaBytes,
    usage,
    session_id: session?.id ?? null,
    operation: workspace.operation,
    operation_error: workspace.operationError,
    last_ssh_port: workspace.lastSshPort,
    created_at: instantText(workspace.createdAt),
  };
}

/** Null while there are no files yet, or when the storage does not answer: a page with less on it is better than none. */
async function usageOf(deps: Deps, workspace: Row): Promise<Workspace["usage"]> {
  const ref = { userId: workspace.userId, workspaceId: workspace.id };
  try {
    const usage = await within(deps.clock, USAGE_MS, "looking at a workspace's usage", () =>
      deps.workspaces.usage(ref),
    );
    return {
      used_bytes: Math.max(0, Math.floor(usage.usedBytes)),
      snapshot_bytes: Math.max(0, Math.floor(usage.snapshotBytes)),
      quota_full: usage.usedBytes >= usage.quotaBytes - FULL_BYTES_LEFT,
    };
  } catch (error) {
    deps.log.warn("workspace.usage_unknown", { workspace_id: workspace.id, error: causeOf(error) });
    return null;
  }
}

export function snapshotOnWire(snapshot: Taken): Snapshot {
  return {
    name: snapshot.name,
    automatic: isAutomatic(snapshot.name),
    created_at: instantText(snapshot.createdAtMs),
  };
}
