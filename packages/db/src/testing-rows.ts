import { slugFrom, uuidv7 } from "@medforge/core/ids";

import type { Gpu } from "./queries/gpus.ts";
import type { Pack } from "./queries/packs.ts";
import type { Session } from "./queries/sessions.ts";
import type { NewUser } from "./queries/users.ts";
import type { Workspace } from "./queries/workspaces.ts";

/** Rows to which nothing has happened yet, for tests and benches: only what matters to one is said there. */

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export function newId(at = NOW): string {
  return uuidv7(at, crypto.getRandomValues(new Uint8Array(10)));
}

export function userRow(given: Partial<NewUser> = {}): NewUser {
  const id = given.id ?? newId();
  return {
    id,
    email: `${id}@example.org`,
    displayName: "Somebody",
    passwordHash: "x",
    role: "member",
    canUseInternal: false,
    maxConcurrentSessions: 1,
    disabledAt: null,
    accessChangedAt: null,
    createdAt: NOW,
    ...given,
  };
}

export function workspaceRow(given: Partial<Workspace> & Pick<Workspace, "userId">): Workspace {
  return {
    id: newId(),
    name: "main",
    quotaBytes: 1e9,
    lastSshPort: null,
    operation: null,
    operationSnapshot: null,
    operationSourceId: null,
    operationSafety: null,
    operationError: null,
    createdAt: NOW,
    deletedAt: null,
    ...given,
  };
}

export function packRow(given: Partial<Pack> = {}): Pack {
  const id = given.id ?? newId();
  return {
    id,
    name: `pack-${id}`,
    description: "",
    image: `sha256:${"0".repeat(64)}`,
    exposure: "BOTH",
    deprecatedAt: null,
    createdAt: NOW,
    ...given,
  };
}

export function gpuRow(given: Partial<Gpu> = {}): Gpu {
  const id = given.id ?? newId();
  return {
    id,
    uuid: `SIM-${id}`,
    name: "Simulated GPU",
    memoryMib: null,
    kind: "simulated",
    enabled: true,
    present: true,
    lastUsedAt: null,
    createdAt: NOW,
    ...given,
  };
}

type Place = Pick<Session, "userId" | "workspaceId" | "packId" | "gpuId" | "sshPort">;

/** One that is starting, unless said otherwise. */
export function sessionRow(given: Partial<Session> & Place): Session {
  return {
    id: newId(),
    slug: slugFrom(crypto.getRandomValues(new Uint8Array(5))),
    exposure: "EXTERNAL",
    state: "STARTING",
    stateSince: NOW,
    reason: null,
    message: null,
    address: null,
    snapshot: null,
    attempts: 0,
    nextAttemptAt: NOW,
    lastError: null,
    createdAt: NOW,
    allocatedAt: NOW,
    runningAt: null,
    gpuUntil: null,
    endedAt: null,
    ...given,
  };
}
