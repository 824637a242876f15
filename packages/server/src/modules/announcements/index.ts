import { Announcement } from "@medforge/contracts/announcements";
import { Page } from "@medforge/contracts/envelope";
import type { Exposure } from "@medforge/core/session";

import type { Deps } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { router } from "../../http/router.ts";
import { announcementOnWire } from "./wire.ts";

/** What members of one surface are told now. Writing them: `modules/admin/announcements.ts`. */
export function announcementsRoutes<const Surface extends "external" | "internal">(
  deps: Deps,
  surface: Surface,
) {
  const exposure: Exposure = surface === "external" ? "EXTERNAL" : "INTERNAL";
  return router(`/${surface}/announcements`).get(
    "",
    ({ request, query }) => {
      const now = deps.clock.now();
      return pageOf(
        deps,
        request,
        query,
        `${surface}-announcements`,
        (before, limit) => deps.db.announcements.current(exposure, now, before, limit),
        ({ id }) => id,
        (rows) => rows.map(announcementOnWire),
      );
    },
    {
      query: PageQuery,
      response: { 200: Page(Announcement) },
      detail: about("announcements", `What members of the ${surface} surface are told now, newest first`),
    },
  );
}
