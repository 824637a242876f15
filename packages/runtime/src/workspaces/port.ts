/** Where a workspace lives: `<root>/<user_id>/<workspace_id>`. Both are UUIDs; nothing else reaches a command line. */
export interface WorkspaceRef {
  readonly userId: string;
  readonly workspaceId: string;
}

export interface WorkspaceUsage {
  /** Bytes that the current files take. */
  readonly usedBytes: number;
  /** Bytes that only snapshots and earlier states still hold. */
  readonly snapshotBytes: number;
  readonly quotaBytes: number;
}

export interface Snapshot {
  /** Without the dataset: `stop-1760000000000`. Unique within the workspace, also across restores. */
  readonly name: string;
  readonly createdAtMs: number;
}

export interface WorkspaceStore {
  /** `zfs`, `directory` or `memory`. */
  readonly kind: string;
  /** For example "OpenZFS 2.2.2", "zfs-fuse 0.7", "directory". */
  readonly version: string;
  readonly healthy: boolean;
  /** What is wrong, or "" when healthy. */
  readonly problem: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** False for stores that cannot enforce a quota (directory). */
  readonly enforcesQuota: boolean;
}

/** Snapshot names: what ZFS allows, no longer than we need. */
export const SNAPSHOT_NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/**
 * The workspaces' files. A workspace exists or not; it never exists half. Nothing here ever loses a file: a restore
 * keeps what it replaces as a snapshot, a destroy is refused while someone uses the files.
 */
export interface Workspaces {
  check(): Promise<WorkspaceStore>;

  /**
   * Afterwards the workspace exists, is mounted, has this quota and belongs to 1000:1000.
   * Also finishes a restore that a crash cut short.
   * @returns the host folder to bind at /workspace
   */
  ensure(ref: WorkspaceRef, quotaBytes: number): Promise<string>;

  /** @throws MachineError `missing` */
  usage(ref: WorkspaceRef): Promise<WorkspaceUsage>;

  /** Afterwards a snapshot of that name exists. One that is there already is kept as it is. */
  snapshot(ref: WorkspaceRef, name: string): Promise<void>;

  /** Oldest first; also those from before a restore. */
  snapshots(ref: WorkspaceRef): Promise<Snapshot[]>;

  /**
   * Afterwards the snapshot is gone. One that is gone already changes nothing.
   * @throws MachineError `in-use` when a clone or the current state still needs it
   */
  deleteSnapshot(ref: WorkspaceRef, name: string): Promise<void>;

  /**
   * Afterwards the files are those of snapshot `name`, and what they replaced is kept as snapshot `safetyName`.
   * No snapshot, older or newer, is lost. Asked for again with the same names right away it changes nothing.
   * @throws MachineError `in-use` while the files are in use, `missing` when there is no such snapshot, `refused`
   * when `safetyName` is taken, `full` when the snapshot's files are more than the quota
   */
  restore(ref: WorkspaceRef, name: string, safetyName: string): Promise<void>;

  /** Afterwards `into` exists with the files of `ref@name` and a life of its own. @throws MachineError `missing` */
  clone(ref: WorkspaceRef, name: string, into: WorkspaceRef, quotaBytes: number): Promise<void>;

  /** Afterwards the workspace and its snapshots are gone. @throws MachineError `in-use` while a clone needs it or it is in use */
  destroy(ref: WorkspaceRef): Promise<void>;
}
