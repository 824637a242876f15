import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull, SlugText } from "./fields.ts";
import { Me, Role } from "./me.ts";
import { Session } from "./sessions.ts";

export const User = Exactly({ ...Me.properties, disabled_at: OrNull(Instant) });
export type User = Static<typeof User>;

export const UserPatch = Exactly(
  {
    role: Type.Optional(Role),
    can_use_internal: Type.Optional(Type.Boolean()),
    max_concurrent_sessions: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    disabled: Type.Optional(
      Type.Boolean({ description: "A disabled user is logged out everywhere and cannot log in." }),
    ),
  },
  { minProperties: 1 },
);
export type UserPatch = Static<typeof UserPatch>;

export const AnySession = Exactly({
  ...Session.properties,
  user_id: Id,
  last_error: OrNull(
    Type.String({ description: "Why the present step has not succeeded yet, in the machine's own words." }),
  ),
});
export type AnySession = Static<typeof AnySession>;

export const Orphan = Exactly({
  slug: SlugText,
  user_id: OrNull(Type.String({ description: "As the container's label says." })),
  gpu_uuid: OrNull(Type.String()),
  running: Type.Boolean(),
});
export type Orphan = Static<typeof Orphan>;
export const OrphanParam = Exactly({ slug: SlugText });

export const Gpu = Exactly({
  id: Id,
  uuid: Type.String(),
  name: Type.String(),
  kind: Type.Union([Type.Literal("nvidia"), Type.Literal("mig"), Type.Literal("simulated")]),
  memory_mib: OrNull(Type.Integer()),
  enabled: Type.Boolean(),
  present: Type.Boolean({ description: "False since the machine stopped showing it." }),
  session_id: OrNull(Id),
  orphan_slug: OrNull(SlugText),
  last_used_at: OrNull(Instant),
  created_at: Instant,
});
export type Gpu = Static<typeof Gpu>;
export const GpuPatch = Exactly({ enabled: Type.Boolean() });

export const AuditEntry = Exactly({
  id: Id,
  at: Instant,
  actor_id: OrNull(Id),
  action: Type.String({ examples: ["admin.user.update"] }),
  target: OrNull(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  request_id: OrNull(Type.String()),
  address: OrNull(Type.String()),
});
export type AuditEntry = Static<typeof AuditEntry>;

export const Finding = Exactly({
  code: Type.String({ description: "The same trouble always has the same one.", examples: ["MF-GPU-0"] }),
  name: Type.String({ examples: ["gpus"] }),
  version: Type.String(),
  level: Type.Union([Type.Literal("ok"), Type.Literal("warn"), Type.Literal("bad")]),
  says: Type.String(),
  remedy: Type.String({ description: "What to do; empty when all is well." }),
});
export const Health = Exactly({
  looked_at: Instant,
  findings: Type.Array(Finding, { description: "In the order in which one would mend them." }),
});
export type Health = Static<typeof Health>;
