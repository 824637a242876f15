import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull, SlugText } from "./fields.ts";

export const SessionState = Type.Union([
  Type.Literal("QUEUED"),
  Type.Literal("STARTING"),
  Type.Literal("RUNNING"),
  Type.Literal("STOPPING"),
  Type.Literal("STOPPED"),
  Type.Literal("ERROR"),
]);
export const Exposure = Type.Union([Type.Literal("EXTERNAL"), Type.Literal("INTERNAL")]);

export const SessionWish = Exactly({
  pack_id: Type.Optional(Id),
  workspace_id: Type.Optional(Id),
  queue: Type.Optional(Type.Boolean({ description: "Wait for a GPU instead of being refused." })),
});
export type SessionWish = Static<typeof SessionWish>;

export const Ssh = Exactly({
  host: Type.String(),
  port: Type.Integer(),
  user: Type.Literal("medforge"),
  command: Type.String({ examples: ["ssh -p 10000 medforge@ssh.medforge.example.org"] }),
});

const Seconds = Type.Integer({ minimum: 0 });

export const ExpectedWait = Exactly(
  {
    median_s: Seconds,
    ninth_decile_s: OrNull(Seconds),
  },
  {
    description:
      "Half of the time, and nine times of ten, it takes less: judged by how long sessions of the last 30 days lasted, as the queue stands now. No promise: no session has a time limit.",
  },
);
export type ExpectedWait = Static<typeof ExpectedWait>;

export const Session = Exactly({
  id: Id,
  slug: SlugText,
  exposure: Exposure,
  state: SessionState,
  reason: OrNull(Type.String({ description: "Why it left the path, for programs." })),
  message: OrNull(Type.String({ description: "The reason in words." })),
  pack: Exactly({ id: Id, name: Type.String() }),
  gpu: OrNull(Exactly({ name: Type.String(), uuid: Type.String() })),
  workspace: Exactly({ id: Id, name: Type.String() }),
  ssh: OrNull(Ssh),
  host_ca: OrNull(
    Type.String({ description: "A line for ~/.ssh/known_hosts; with it no host key is ever asked about." }),
  ),
  snapshot: OrNull(Type.String({ description: "Taken when the session ended." })),
  simulated: Type.Boolean({ description: "Some of it is only pretended; `notice` says what." }),
  notice: OrNull(Type.String()),
  queue_position: OrNull(Type.Integer({ minimum: 1 })),
  expected_wait: OrNull(ExpectedWait),
  created_at: Instant,
  running_at: OrNull(Instant),
  ended_at: OrNull(Instant),
  gpu_seconds: Type.Integer({ minimum: 0 }),
});
export type Session = Static<typeof Session>;

/** `data:` of an event of type `session`; the event's id is its place in the order. */
export const SessionMove = Exactly({
  from: OrNull(SessionState),
  to: SessionState,
  reason: OrNull(Type.String()),
  message: OrNull(Type.String()),
  at: Instant,
});
export type SessionMove = Static<typeof SessionMove>;

const Measured = OrNull(Type.Number({ minimum: 0 }));

/** What a session used at one moment; null where it is not measured. */
export const SessionSample = Exactly({
  at: Instant,
  cpu_percent: OrNull(Type.Number({ minimum: 0, description: "100 is one core" })),
  memory_bytes: Measured,
  gpu_percent: Measured,
  gpu_memory_bytes: Measured,
  workspace_bytes: Measured,
});
export type SessionSample = Static<typeof SessionSample>;

export const SessionSamples = Exactly({
  every_s: Type.Number({ description: "Between two samples" }),
  cpus: Type.Integer({ description: "What the session may use" }),
  memory_bytes_max: Type.Integer(),
  samples: Type.Array(SessionSample, { description: "Of the last hour, oldest first" }),
});
export type SessionSamples = Static<typeof SessionSamples>;

export const SessionLog = Exactly({
  text: Type.String({ description: "The end of what the session's main process wrote, with times" }),
});

/** Where a program in a session takes connections. */
export const SessionPort = Exactly({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  url: OrNull(Type.String({ description: "Where a browser gets to it; null where none does" })),
  obstacle: OrNull(
    Type.Union([Type.Literal("loopback_only"), Type.Literal("system_port")], {
      description:
        "Why no browser gets to it: it listens on 127.0.0.1 only, or its number is below 1024 and has no address",
    }),
  ),
});
export type SessionPort = Static<typeof SessionPort>;

export const SessionPorts = Exactly({
  ports: Type.Array(SessionPort, { description: "Lowest first" }),
  more: Type.Boolean({ description: "There are more than are listed" }),
});
export type SessionPorts = Static<typeof SessionPorts>;
