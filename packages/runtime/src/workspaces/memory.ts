import { MachineError } from "../errors.ts";
import {
  checkQuota,
  checkRef,
  checkSnapshotName,
  neededByClone,
  safetyNameTaken,
  snapshotMissing,
  workspaceMissing,
  workspaceTaken,
} from "./names.ts";
import type { WorkspaceRef, Workspaces } from "./port.ts";

export type MemoryFiles = Map<string, string>;

export interface MemorySnapshot {
  readonly name: string;
  readonly createdAtMs: number;
  readonly files: MemoryFiles;
}

export interface MemoryWorkspace {
  readonly ref: WorkspaceRef;
  files: MemoryFiles;
  quotaBytes: number;
  readonly owner: "1000:1000";
  /** Oldest first. */
  snapshots: MemorySnapshot[];
  /** `<workspaceId>@<snapshot>`: what this and its earlier states are made from and so must be kept, as in ZFS. */
  origins: string[];
  lastRestore: { readonly name: string; readonly safetyName: string } | undefined;
}

/** The pretend disk: it is the world, so it outlives adapters, as a disk outlives processes. */
export class MemoryDisk {
  readonly workspaces = new Map<string, MemoryWorkspace>();
  /** Ids of workspaces that are mounted somewhere: whoever plays the containers marks them. */
  readonly inUse = new Set<string>();
  readonly sizeBytes: number;

  constructor(sizeBytes = 1e12) {
    this.sizeBytes = sizeBytes;
  }

  usedBytes(): number {
    let bytes = 0;
    for (const workspace of this.workspaces.values()) {
      bytes += sizeOf(workspace.files);
      for (const snapshot of workspace.snapshots) bytes += sizeOf(snapshot.files);
    }
    return bytes;
  }

  /** What a program inside a session does. @throws MachineError `full` beyond the quota */
  write(ref: WorkspaceRef, file: string, text: string): void {
    const workspace = this.workspaces.get(ref.workspaceId);
    if (workspace === undefined) throw workspaceMissing(ref);
    const files = new Map(workspace.files).set(file, text);
    if (sizeOf(files) > workspace.quotaBytes) {
      throw new MachineError("full", "Disk quota exceeded", "Delete files, or raise the quota.");
    }
    workspace.files = files;
  }

  read(ref: WorkspaceRef, file: string): string | undefined {
    return this.workspaces.get(ref.workspaceId)?.files.get(file);
  }
}

/** @param deps `now`: Unix milliseconds */
export function memoryWorkspaces(disk: MemoryDisk, deps: { now: () => number }): Workspaces {
  const look = (ref: WorkspaceRef): MemoryWorkspace | undefined => {
    checkRef(ref);
    const workspace = disk.workspaces.get(ref.workspaceId);
    return workspace?.ref.userId === ref.userId ? workspace : undefined;
  };
  const find = (ref: WorkspaceRef): MemoryWorkspace => {
    const workspace = look(ref);
    if (workspace === undefined) throw workspaceMissing(ref);
    return workspace;
  };
  const findSnapshot = (workspace: MemoryWorkspace, name: string): MemorySnapshot => {
    checkSnapshotName(name);
    const snapshot = workspace.snapshots.find((s) => s.name === name);
    if (snapshot === undefined) throw snapshotMissing(workspace.ref, name);
    return snapshot;
  };
  const take = (workspace: MemoryWorkspace, name: string): void => {
    const newestMs = workspace.snapshots.at(-1)?.createdAtMs ?? 0;
    // Never before the one before it, whatever the clock does.
    const createdAtMs = Math.max(deps.now(), newestMs);
    workspace.snapshots.push({ name, createdAtMs, files: new Map(workspace.files) });
  };
  const put = (ref: WorkspaceRef, quotaBytes: number, files: MemoryFiles, origins: string[]) => {
    if (disk.workspaces.has(ref.workspaceId)) throw workspaceTaken(ref);
    disk.workspaces.set(ref.workspaceId, {
      ref: { ...ref },
      files,
      quotaBytes,
      owner: "1000:1000",
      snapshots: [],
      origins,
      lastRestore: undefined,
    });
  };
  const refuseInUse = (ref: WorkspaceRef): void => {
    if (!disk.inUse.has(ref.workspaceId)) return;
    throw new MachineError(
      "in-use",
      `Workspace ${ref.workspaceId} is in use`,
      "Stop its session, then try again.",
    );
  };
  /** Another workspace whose files are made from one of these snapshots. */
  const cloneOf = (snapshots: readonly string[], except?: string): string | undefined => {
    for (const [id, { origins }] of disk.workspaces) {
      if (id !== except && origins.some((origin) => snapshots.includes(origin))) return `workspace ${id}`;
    }
    return undefined;
  };

  return {
    async check() {
      const freeBytes = Math.max(0, disk.sizeBytes - disk.usedBytes());
      return {
        kind: "memory",
        version: "memory",
        healthy: true,
        problem: "",
        freeBytes,
        totalBytes: disk.sizeBytes,
        enforcesQuota: true,
      };
    },

    async ensure(ref, quotaBytes) {
      checkQuota(quotaBytes);
      const workspace = look(ref);
      if (workspace === undefined) put(ref, quotaBytes, new Map(), []);
      else workspace.quotaBytes = quotaBytes;
      return `/memory/workspaces/${ref.userId}/${ref.workspaceId}`;
    },

    async usage(ref) {
      const { files, snapshots, quotaBytes } = find(ref);
      const snapshotBytes = snapshots.reduce((bytes, snapshot) => bytes + sizeOf(snapshot.files), 0);
      return { usedBytes: sizeOf(files), snapshotBytes, quotaBytes };
    },

    async snapshot(ref, name) {
      checkSnapshotName(name);
      const workspace = find(ref);
      if (!workspace.snapshots.some((s) => s.name === name)) take(workspace, name);
    },

    async snapshots(ref) {
      return find(ref).snapshots.map(({ name, createdAtMs }) => ({ name, createdAtMs }));
    },

    async deleteSnapshot(ref, name) {
      checkSnapshotName(name);
      const workspace = look(ref);
      if (workspace?.snapshots.some((s) => s.name === name) !== true) return;
      const clone = cloneOf([`${ref.workspaceId}@${name}`]);
      if (clone !== undefined) throw neededByClone(`Snapshot \`${name}\``, clone);
      workspace.snapshots = workspace.snapshots.filter((s) => s.name !== name);
    },

    async restore(ref, name, safetyName) {
      checkSnapshotName(safetyName);
      const workspace = find(ref);
      const snapshot = findSnapshot(workspace, name);
      if (workspace.snapshots.some((s) => s.name === safetyName)) {
        const last = workspace.lastRestore;
        if (last?.name === name && last.safetyName === safetyName) return;
        throw safetyNameTaken(safetyName);
      }
      refuseInUse(ref);
      take(workspace, safetyName);
      workspace.files = new Map(snapshot.files);
      workspace.origins.push(`${ref.workspaceId}@${name}`);
      workspace.lastRestore = { name, safetyName };
    },

    async clone(ref, name, into, quotaBytes) {
      checkQuota(quotaBytes);
      const taken = look(into);
      const origin = `${ref.workspaceId}@${name}`;
      const snapshot = findSnapshot(find(ref), name);
      if (taken !== undefined && taken.origins[0] !== origin) throw workspaceTaken(into);
      if (taken !== undefined) taken.quotaBytes = quotaBytes;
      else put(into, quotaBytes, new Map(snapshot.files), [origin]);
    },

    async destroy(ref) {
      const workspace = look(ref);
      if (workspace === undefined) return;
      const snapshots = workspace.snapshots.map((s) => `${ref.workspaceId}@${s.name}`);
      const clone = cloneOf(snapshots, ref.workspaceId);
      if (clone !== undefined) throw neededByClone(`Workspace ${ref.workspaceId}`, clone);
      refuseInUse(ref);
      disk.workspaces.delete(ref.workspaceId);
    },
  };
}

function sizeOf(files: MemoryFiles): number {
  let bytes = 0;
  for (const text of files.values()) bytes += Buffer.byteLength(text);
  return bytes;
}
