import { type Static, Type } from "@sinclair/typebox";

import { Bytes, Exactly, Id, Instant, OrNull } from "./fields.ts";

export const WorkspaceName = Type.String({
  maxLength: 64,
  pattern: "^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9._-])?$",
});

/** As what ZFS allows, and no longer than we need. */
export const SnapshotName = Type.String({ maxLength: 63, pattern: "^[a-z0-9][a-z0-9_.-]*$" });

export const Workspace = Exactly({
  id: Id,
  name: Type.String(),
  quota_bytes: Bytes,
  usage: OrNull(
    Exactly({
      used_bytes: Bytes,
      snapshot_bytes: Bytes,
      quota_full: Type.Boolean({ description: "SSH still works; delete files or ask for more." }),
    }),
  ),
  session_id: OrNull(Id),
  operation: OrNull(
    Type.Union([Type.Literal("clone"), Type.Literal("restore"), Type.Literal("delete")], {
      description: "What is being done to the files; nobody may use them meanwhile.",
    }),
  ),
  operation_error: OrNull(Type.String({ description: "Why the last operation was not done." })),
  last_ssh_port: OrNull(Type.Integer()),
  created_at: Instant,
});
export type Workspace = Static<typeof Workspace>;

export const WorkspaceWish = Exactly({ name: WorkspaceName });

export const QUOTA_BYTES_MIN = 16 * 1024 ** 2;
export const QUOTA_BYTES_MAX = 64 * 1024 ** 4;

export const WorkspacePatch = Exactly(
  {
    name: Type.Optional(WorkspaceName),
    quota_bytes: Type.Optional(
      Type.Integer({ minimum: QUOTA_BYTES_MIN, maximum: QUOTA_BYTES_MAX, description: "Admins only." }),
    ),
  },
  { minProperties: 1 },
);
export type WorkspacePatch = Static<typeof WorkspacePatch>;

export const Snapshot = Exactly({
  name: Type.String(),
  automatic: Type.Boolean({ description: "Made by MedForge, and thinned out with time." }),
  created_at: Instant,
});
export type Snapshot = Static<typeof Snapshot>;

export const SnapshotWish = Exactly({ name: SnapshotName });
export const SnapshotParam = Exactly({ id: Id, name: SnapshotName });
export const CloneWish = Exactly({ name: WorkspaceName });
