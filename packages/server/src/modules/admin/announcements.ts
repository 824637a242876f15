import { AdminAnnouncement, AnnouncementPatch, AnnouncementWish } from "@medforge/contracts/announcements";
import { Answer, Page } from "@medforge/contracts/envelope";
import { IdParam } from "@medforge/contracts/fields";
import { MedforgeError } from "@medforge/core/errors";
import type { Announcement } from "@medforge/db/queries/announcements";

import { type Deps, newId } from "../../deps.ts";
import { about } from "../../http/about.ts";
import { PageQuery, pageOf } from "../../http/cursor.ts";
import { answer } from "../../http/envelope.ts";
import { router } from "../../http/router.ts";
import { adminAnnouncementOnWire } from "../announcements/wire.ts";
import { auditAdmin } from "./audit.ts";

/** Telling members something, from one moment on and up to another. None is ever deleted: what was said stays said. */
export function adminAnnouncementsRoutes(deps: Deps) {
  const onWire = (row: Announcement) => adminAnnouncementOnWire(row, deps.clock.now());

  return router("/admin/announcements")
    .get(
      "",
      ({ request, query }) =>
        pageOf(
          deps,
          request,
          query,
          "all-announcements",
          (before, limit) => deps.db.announcements.page(before, limit),
          ({ id }) => id,
          (rows) => rows.map(onWire),
        ),
      {
        query: PageQuery,
        response: { 200: Page(AdminAnnouncement) },
        detail: about("admin", "Every announcement, newest first: to be shown, shown and ended"),
      },
    )
    .post(
      "",
      async ({ request, body, status }) => {
        const now = deps.clock.now();
        const { exposure, severity, title } = body;
        const times = { startsAt: now, endsAt: null, ...timesOf(body) };
        refuseEndBeforeStart(times);
        const row = {
          id: newId(deps),
          exposure,
          severity,
          title,
          body: body.body,
          ...times,
          createdAt: now,
          updatedAt: now,
        };
        await deps.db.announcements.add(row);
        await auditAdmin(deps, request, "admin.announcement.add", row.id, { title, exposure, severity });
        return status(201, answer(deps, request, onWire(row)));
      },
      {
        body: AnnouncementWish,
        response: { 201: Answer(AdminAnnouncement) },
        detail: about("admin", "Tell the members of one surface, or of both, something"),
      },
    )
    .patch(
      "/:id",
      async ({ request, params, body }) => {
        const { starts_at, ends_at, ...words } = body;
        const row = await deps.db.transaction(async (tx) => {
          const before = await tx.announcements.byId(params.id);
          if (before === undefined) throw new MedforgeError("not_found", "There is no such announcement.");
          const set = { ...words, ...timesOf({ starts_at, ends_at }), updatedAt: deps.clock.now() };
          refuseEndBeforeStart({ ...before, ...set });
          await tx.announcements.update(params.id, set);
          return { ...before, ...set };
        });
        // Who said what is in the words themselves; the trail keeps which of them were changed.
        const changed = { title: row.title, changed: Object.keys(body) };
        await auditAdmin(deps, request, "admin.announcement.update", row.id, changed);
        return answer(deps, request, onWire(row));
      },
      {
        params: IdParam,
        body: AnnouncementPatch,
        response: { 200: Answer(AdminAnnouncement) },
        detail: about(
          "admin",
          "Change an announcement, or end it",
          ["not_found"],
          "With `ends_at` of now or before, members do not see it any more.",
        ),
      },
    );
}

function timesOf(wish: {
  readonly starts_at?: string | undefined;
  readonly ends_at?: string | null | undefined;
}): Partial<Pick<Announcement, "startsAt" | "endsAt">> {
  return {
    ...(wish.starts_at === undefined ? {} : { startsAt: momentOf("starts_at", wish.starts_at) }),
    ...(wish.ends_at === undefined
      ? {}
      : { endsAt: wish.ends_at === null ? null : momentOf("ends_at", wish.ends_at) }),
  };
}

/** @throws MedforgeError `invalid_request` for what has the form of a moment and is none, or none the book can hold */
function momentOf(path: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new MedforgeError("invalid_request", "Give a day that there is, from 1970 on.", {
    fields: [{ path, message: "is no moment from 1970 on" }],
  });
}

function refuseEndBeforeStart({ startsAt, endsAt }: Pick<Announcement, "startsAt" | "endsAt">): void {
  if (endsAt === null || endsAt > startsAt) return;
  throw new MedforgeError("invalid_request", "An announcement ends after it has started.", {
    fields: [{ path: "ends_at", message: "is not after starts_at" }],
  });
}
