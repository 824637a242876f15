import { type Static, Type } from "@sinclair/typebox";

import { Exactly, OrNull } from "./fields.ts";

/** Public: no names of people, sessions or machines. */
export const Status = Exactly({
  healthy: Type.Boolean(),
  gpus: Exactly({ total: Type.Integer(), free: Type.Integer() }),
  queue_length: Type.Integer(),
  signup: Type.Union([Type.Literal("open"), Type.Literal("closed")]),
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
