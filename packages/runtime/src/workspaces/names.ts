import { isUuid } from "@medforge/core/ids";

import { MachineError } from "../errors.ts";
import { SNAPSHOT_NAME, type WorkspaceRef } from "./port.ts";

/** What every adapter checks before a name becomes part of a path or an argument list. */

export function checkRef(ref: WorkspaceRef): void {
  if (isUuid(ref.userId) && isUuid(ref.workspaceId)) return;
  throw new MachineError(
    "refused",
    `${JSON.stringify(`${ref.userId}/${ref.workspaceId}`)} does not name a workspace`,
    "Name the user and the workspace by their UUIDs, in lower case.",
  );
}

export function checkSnapshotName(name: string): void {
  if (SNAPSHOT_NAME.test(name)) return;
  throw new MachineError(
    "refused",
    `${JSON.stringify(name)} is not a snapshot name`,
    "Use 1 to 63 lower-case letters, digits, `_`, `.` and `-`, beginning with a letter or digit.",
  );
}

export function checkQuota(quotaBytes: number): void {
  if (Number.isSafeInteger(quotaBytes) && quotaBytes > 0) return;
  throw new MachineError("refused", `${quotaBytes} bytes is not a quota`, "Give a whole number above 0.");
}

export function workspaceMissing(ref: WorkspaceRef): MachineError {
  return new MachineError(
    "missing",
    `Workspace ${ref.workspaceId} does not exist`,
    "Look at the workspace's id; it may have been destroyed.",
  );
}

export function snapshotMissing(ref: WorkspaceRef, name: string): MachineError {
  return new MachineError(
    "missing",
    `Workspace ${ref.workspaceId} has no snapshot \`${name}\``,
    "List its snapshots and choose one of them.",
  );
}

export function safetyNameTaken(name: string): MachineError {
  return new MachineError(
    "refused",
    `A snapshot \`${name}\` exists already, so it cannot keep what this restore replaces`,
    "Restore again with a new name for the safety snapshot.",
  );
}

export function workspaceTaken(ref: WorkspaceRef): MachineError {
  return new MachineError(
    "refused",
    `Workspace ${ref.workspaceId} exists already, and is not what was asked for`,
    "Take a new workspace id.",
  );
}

export function neededByClone(what: string, clone: string): MachineError {
  return new MachineError(
    "in-use",
    `${what} cannot be removed: ${clone} is made from it`,
    "Destroy the clone first, or keep this.",
  );
}
