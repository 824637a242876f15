import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull, Text } from "./fields.ts";

export const PackExposure = Type.Union([
  Type.Literal("EXTERNAL"),
  Type.Literal("INTERNAL"),
  Type.Literal("BOTH"),
]);

export const Pack = Exactly({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  image: Type.String({ description: "`repository@sha256:…`, or an image id `sha256:…`" }),
  exposure: PackExposure,
  deprecated_at: OrNull(Instant),
  created_at: Instant,
});
export type Pack = Static<typeof Pack>;

export const PackWish = Exactly({
  name: Type.String({ maxLength: 64, pattern: "^[a-z0-9][a-z0-9._-]*$" }),
  description: Type.Optional(Text(500)),
  image: Type.String({ minLength: 1, maxLength: 255 }),
  exposure: PackExposure,
});
export type PackWish = Static<typeof PackWish>;
