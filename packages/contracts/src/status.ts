import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Instant, OrNull } from "./fields.ts";

/** Public: no names of people, sessions or machines. */
export const Status = Exactly({
  healthy: Type.Boolean(),
  gpus: Exactly({ total: Type.Integer(), free: Type.Integer() }),
  queue_length: Type.Integer(),
  scoring: Exactly({
    queue_length: Type.Integer({ description: "Submissions that wait for their score" }),
    oldest_s: Type.Number({ description: "How long the first of them has waited; 0 when none does" }),
    worker_seen_at: OrNull(Instant),
  }),
  signup: Type.Union([Type.Literal("open"), Type.Literal("invited"), Type.Literal("closed")]),
  simulated: Type.Boolean(),
  notice: OrNull(Type.String()),
});
export type Status = Static<typeof Status>;

export const Check = Exactly({
  name: Type.String({ examples: ["database"] }),
  ok: Type.Boolean(),
  problem: OrNull(Type.String()),
});
export type Check = Static<typeof Check>;

export const Alive = Exactly({ alive: Type.Literal(true) });
export const Readiness = Exactly({ ready: Type.Boolean(), checks: Type.Array(Check) });
export type Readiness = Static<typeof Readiness>;
