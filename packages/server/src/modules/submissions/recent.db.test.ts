import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { RecentSubmission } from "@medforge/contracts/submissions";
import { databaseNamed } from "@medforge/db/testing";
import { addCompetition, addSubmission } from "@medforge/db/testing-competitions";

import { TINY_MANIFEST } from "../../scorer/testing.ts";
import { type House, testHouse } from "../../testing.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe.if(databaseNamed)("one's recent submissions", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  const open = (exposure: "EXTERNAL" | "INTERNAL") =>
    addCompetition(house.db, { manifest: TINY_MANIFEST, exposure });

  async function read(cookie: string, surface = "external", query = "") {
    const path = `/api/v2/${surface}/submissions${query}`;
    const { status, body, text } = await house.request("GET", path, { cookie });
    return { status, text, data: body.data as RecentSubmission[], meta: body.meta };
  }

  test("are of all competitions of the surface, newest first, with their place in the queue, and nobody else's", async () => {
    const [me, other] = [await house.signup({ internal: true }), await house.signup()];
    const [first, second, inside] = [await open("EXTERNAL"), await open("EXTERNAL"), await open("INTERNAL")];
    const older = await addSubmission(house.db, first, { userId: me.id, at: NOW });
    await addSubmission(house.db, second, { userId: other.id, at: NOW + 1 });
    await addSubmission(house.db, inside, { userId: me.id, at: NOW + 2 });
    const newer = await addSubmission(house.db, second, { userId: me.id, at: NOW + 3 });
    const { data, text } = await read(me.cookie);
    expect(data.map(({ id }) => id)).toEqual([newer.submission.id, older.submission.id]);
    expect(data.map(({ competition, queue_position }) => [competition, queue_position])).toEqual([
      [second.slug, 4],
      [first.slug, 1],
    ]);
    expect(data[0]).toMatchObject({ state: "queued", competition_title: second.slug, displayed_decimals: 5 });
    expect(text).not.toContain(inside.slug);
    const internal = await read(me.cookie, "internal");
    expect(internal.data.map(({ competition }) => competition)).toEqual([inside.slug]);
    expect((await read(other.cookie, "internal")).status).toBe(403);
  });

  test("are paged, and a cursor of one surface is none of the other", async () => {
    const me = await house.signup({ internal: true });
    const competition = await open("EXTERNAL");
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await addSubmission(house.db, competition, { userId: me.id, at: NOW + i })).submission.id);
    }
    const first = await read(me.cookie, "external", "?limit=2");
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const cursor = `?cursor=${first.meta?.next_cursor}`;
    expect((await read(me.cookie, "external", cursor)).data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await read(me.cookie, "internal", cursor)).status).toBe(400);
  });
});
