import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { AdminAnnouncement, Announcement } from "@medforge/contracts/announcements";
import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../../testing.ts";

const HOUR_MS = 3_600_000;
const ADMIN = "/api/v2/admin/announcements";

describe.if(databaseNamed)("announcements", () => {
  let house: House;
  let admin: Awaited<ReturnType<House["signup"]>>;
  beforeAll(async () => {
    house = await testHouse();
    admin = await house.signup({ admin: true });
  });
  afterAll(() => house.close());

  const WISH = {
    exposure: "BOTH",
    severity: "info",
    title: "Power cut",
    body: "On **Sunday**.\n\nSave your work.",
  };
  async function tell(wish: object = {}) {
    const { status, body } = await house.request("POST", ADMIN, {
      cookie: admin.cookie,
      body: { ...WISH, ...wish },
    });
    return { status, errors: body.errors, data: body.data as AdminAnnouncement };
  }
  async function change(id: string, patch: object) {
    const { status, body } = await house.request("PATCH", `${ADMIN}/${id}`, {
      cookie: admin.cookie,
      body: patch,
    });
    return { status, data: body.data as AdminAnnouncement };
  }
  async function seen(cookie: string | undefined, surface = "external") {
    const { status, body } = await house.request("GET", `/api/v2/${surface}/announcements`, { cookie });
    return { status, titles: (body.data as Announcement[] | undefined)?.map(({ title }) => title) };
  }
  const at = (ms: number) => new Date(house.clock.now() + ms).toISOString();

  test("are seen by the members of their surface, newest first, and by nobody who is not logged in", async () => {
    const [ada, bob] = [await house.signup(), await house.signup({ internal: true })];
    const told: AdminAnnouncement[] = [];
    for (const exposure of ["EXTERNAL", "INTERNAL", "BOTH"]) {
      house.clock.advance(1);
      told.push((await tell({ exposure, title: exposure })).data);
    }
    expect(await seen(ada.cookie)).toEqual({ status: 200, titles: ["BOTH", "EXTERNAL"] });
    expect(await seen(bob.cookie, "internal")).toEqual({ status: 200, titles: ["BOTH", "INTERNAL"] });
    expect((await seen(ada.cookie, "internal")).status).toBe(403);
    for (const surface of ["external", "internal"]) expect((await seen(undefined, surface)).status).toBe(401);
    for (const { id } of told) await change(id, { ends_at: at(1) });
    house.clock.advance(1);
    expect((await seen(ada.cookie)).titles).toEqual([]);
  });

  test("appear when they start and are gone when they end, and an admin sees which are which", async () => {
    const ada = await house.signup();
    const { data } = await tell({ title: "Later", starts_at: at(HOUR_MS), ends_at: at(2 * HOUR_MS) });
    const state = async () => {
      const { body } = await house.request("GET", `${ADMIN}?limit=1`, { cookie: admin.cookie });
      return (body.data as AdminAnnouncement[])[0]?.state;
    };
    expect([data.state, (await seen(ada.cookie)).titles]).toEqual(["scheduled", []]);
    house.clock.advance(HOUR_MS);
    expect([await state(), (await seen(ada.cookie)).titles]).toEqual(["shown", ["Later"]]);
    house.clock.advance(HOUR_MS - 1);
    expect((await seen(ada.cookie)).titles).toEqual(["Later"]);
    house.clock.advance(1);
    expect([await state(), (await seen(ada.cookie)).titles]).toEqual(["ended", []]);
    await change(data.id, { ends_at: null });
    expect((await seen(ada.cookie)).titles).toEqual(["Later"]);
    await change(data.id, { ends_at: at(0) });
  });

  test("an end that is not after the start is refused, in a change too, and so is a day that there is not", async () => {
    const refused = await tell({ starts_at: at(HOUR_MS), ends_at: at(HOUR_MS) });
    expect(refused).toMatchObject({ status: 422, errors: [{ path: "ends_at" }] });
    const { data } = await tell({ ends_at: at(HOUR_MS) });
    expect((await change(data.id, { starts_at: at(HOUR_MS) })).status).toBe(422);
    expect((await change(data.id, { starts_at: "2026-02-31T99:00:00.000Z" })).status).toBe(422);
    expect((await tell({ body: "a\u0000b" })).status).toBe(422);
    await change(data.id, { ends_at: at(1) });
  });

  test("what an admin writes and changes is in the audit trail, and members may write nothing", async () => {
    const ada = await house.signup();
    house.clock.advance(1);
    const { data } = await tell({ severity: "critical", title: "Fire drill" });
    // The trail goes by the time of what was done.
    house.clock.advance(1);
    expect(await change(data.id, { title: "Fire", body: "Leave." })).toMatchObject({
      status: 200,
      data: { title: "Fire", body: "Leave.", severity: "critical" },
    });
    const trail = await house.db.audit.page({ actorId: admin.id }, undefined, 2);
    expect(trail.map(({ action, target, detail }) => [action, target, detail])).toEqual([
      ["admin.announcement.update", data.id, { title: "Fire", changed: ["title", "body"] }],
      ["admin.announcement.add", data.id, { title: "Fire drill", exposure: "BOTH", severity: "critical" }],
    ]);
    for (const [method, path] of [
      ["POST", ADMIN],
      ["PATCH", `${ADMIN}/${data.id}`],
      ["GET", ADMIN],
    ] as const) {
      const asking = method === "GET" ? {} : { body: WISH };
      const { status } = await house.request(method, path, { cookie: ada.cookie, ...asking });
      expect([path, status]).toEqual([path, 403]);
    }
    const missing = "01890a5d-ac96-774b-bcce-b302099a8057";
    expect((await change(missing, { title: "None" })).status).toBe(404);
  });
});
