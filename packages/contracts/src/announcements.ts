import { type Static, Type } from "@sinclair/typebox";

import { Exactly, Id, Instant, OrNull, Text } from "./fields.ts";

export const Severity = Type.Union(
  [Type.Literal("info"), Type.Literal("warning"), Type.Literal("critical")],
  { description: "`critical` stands on every page of the portal" },
);
export type Severity = Static<typeof Severity>;

const Surfaces = Type.Union([Type.Literal("EXTERNAL"), Type.Literal("INTERNAL"), Type.Literal("BOTH")]);
/** Lines and tabs, and no other control characters. */
const Body = Type.String({
  minLength: 1,
  maxLength: 4_000,
  pattern: "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]+$",
  description: "Markdown; HTML in it is shown as text",
});
const EndsAt = OrNull({ ...Instant, description: "null: until it is ended" });

/** As members see it. */
export const Announcement = Exactly({
  id: Id,
  severity: Severity,
  title: Type.String(),
  body: Type.String({ description: "Markdown" }),
  starts_at: Instant,
  ends_at: OrNull(Instant),
});
export type Announcement = Static<typeof Announcement>;

export const AdminAnnouncement = Exactly({
  ...Announcement.properties,
  exposure: Surfaces,
  state: Type.Union([Type.Literal("scheduled"), Type.Literal("shown"), Type.Literal("ended")]),
  created_at: Instant,
  updated_at: Instant,
});
export type AdminAnnouncement = Static<typeof AdminAnnouncement>;

export const AnnouncementWish = Exactly({
  exposure: Surfaces,
  severity: Severity,
  title: Text(120),
  body: Body,
  starts_at: Type.Optional({ ...Instant, description: "Left out: at once" }),
  ends_at: Type.Optional(EndsAt),
});
export type AnnouncementWish = Static<typeof AnnouncementWish>;

export const AnnouncementPatch = Type.Partial(AnnouncementWish, { minProperties: 1 });
export type AnnouncementPatch = Static<typeof AnnouncementPatch>;
