import type { AdminAnnouncement, Announcement } from "@medforge/contracts/announcements";
import type { Announcement as Row } from "@medforge/db/queries/announcements";

import { instantOrNull, instantText } from "../../http/envelope.ts";

export function announcementOnWire(row: Row): Announcement {
  const { id, severity, title, body } = row;
  return {
    id,
    severity,
    title,
    body,
    starts_at: instantText(row.startsAt),
    ends_at: instantOrNull(row.endsAt),
  };
}

export function adminAnnouncementOnWire(row: Row, now: number): AdminAnnouncement {
  return {
    ...announcementOnWire(row),
    exposure: row.exposure,
    state: row.endsAt !== null && row.endsAt <= now ? "ended" : row.startsAt > now ? "scheduled" : "shown",
    created_at: instantText(row.createdAt),
    updated_at: instantText(row.updatedAt),
  };
}
