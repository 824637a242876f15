import { expect, test } from "bun:test";

import { maySeeSession, mayUseSurface, packFits, type Viewer } from "./access.ts";
import { nearest } from "./nearest.ts";
import { isAutomatic, snapshotsToDelete } from "./retention.ts";

const member: Viewer = { userId: "u", role: "member", canUseInternal: false };
const insider: Viewer = { ...member, canUseInternal: true };
const admin: Viewer = { ...member, userId: "a", role: "admin" };

test("the internal surface needs the right, or an admin", () => {
  expect([member, insider, admin].map((viewer) => mayUseSurface(viewer, "INTERNAL"))).toEqual([
    false,
    true,
    true,
  ]);
  expect([member, insider, admin].map((viewer) => mayUseSurface(viewer, "EXTERNAL"))).toEqual([
    true,
    true,
    true,
  ]);
});

test("a session is seen by its owner on its own surface, and by nobody else there", () => {
  const session = { userId: "u", exposure: "INTERNAL" } as const;
  expect(maySeeSession(insider, "INTERNAL", session)).toBe(true);
  expect(maySeeSession(insider, "EXTERNAL", session)).toBe(false);
  expect(maySeeSession(member, "INTERNAL", session)).toBe(false);
  expect(maySeeSession({ ...insider, userId: "v" }, "INTERNAL", session)).toBe(false);
});

test("a pack is used where its exposure says", () => {
  expect(packFits("BOTH", "INTERNAL")).toBe(true);
  expect(packFits("EXTERNAL", "INTERNAL")).toBe(false);
  expect(packFits("INTERNAL", "INTERNAL")).toBe(true);
});

test("retention keeps the newest, one a day for a while, and never deletes what a person named", () => {
  const day = 86_400_000;
  const now = 100 * day + 5;
  const at = (days: number, hours = 0) => now - days * day - hours * 3_600_000;
  const snapshots = [
    { name: "stop-1", createdAtMs: at(0, 1) },
    { name: "stop-2", createdAtMs: at(3) },
    { name: "death-3", createdAtMs: at(3, 1) },
    { name: "before-restore-4", createdAtMs: at(20) },
    { name: "my-thesis", createdAtMs: at(90) },
    { name: "stop-by-hand", createdAtMs: at(90) },
  ];
  expect(snapshotsToDelete(snapshots, now, { newestMin: 1, dailyDays: 14 })).toEqual(["before-restore-4"]);
  expect(snapshotsToDelete(snapshots, now, { newestMin: 1, dailyDays: 0 })).toEqual([
    "before-restore-4",
    "death-3",
    "stop-2",
  ]);
  expect(snapshotsToDelete(snapshots, now, { newestMin: 4, dailyDays: 0 })).toEqual([]);
  expect([isAutomatic("stop-12"), isAutomatic("stop-by-hand"), isAutomatic("before-restore-9")]).toEqual([
    true,
    false,
    true,
  ]);
});

test("of the days that are kept, the newest snapshot stands for its day", () => {
  const day = 86_400_000;
  const snapshots = [
    { name: "stop-1", createdAtMs: 10 * day + 1 },
    { name: "stop-2", createdAtMs: 10 * day + 2 },
    { name: "stop-3", createdAtMs: 11 * day },
  ];
  expect(snapshotsToDelete(snapshots, 12 * day, { newestMin: 0, dailyDays: 14 })).toEqual(["stop-1"]);
});

test("the nearest known word is found for a slip of the finger", () => {
  expect(nearest("docter", ["up", "down", "doctor"])).toBe("doctor");
  expect(nearest("MEDFORGE_LISTN", ["MEDFORGE_POLL_S", "MEDFORGE_LISTEN"])).toBe("MEDFORGE_LISTEN");
});
