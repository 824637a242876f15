import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";

import type { Profile, Rankings } from "@medforge/contracts/people";
import { rankPoints } from "@medforge/core/rankings";
import { databaseNamed } from "@medforge/db/testing";
import { addCompetition, newId, type TestCompetition } from "@medforge/db/testing-competitions";

import { TINY_MANIFEST } from "../../scorer/testing.ts";
import { type House, testHouse } from "../../testing.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const KNOWN_LABELS = JSON.stringify({ ...JSON.parse(TINY_MANIFEST), labels_publicly_known: true });

describe.if(databaseNamed)("people across competitions", () => {
  let house: House;
  const read: string[] = [];
  beforeAll(async () => {
    house = await testHouse({
      replace: ({ db }) => ({
        db: {
          ...db,
          boards: {
            ...db.boards,
            everybody: (identityId) => {
              read.push(identityId);
              return db.boards.everybody(identityId);
            },
          },
        },
      }),
    });
  });
  afterAll(() => house.close());
  // The boards of one test are none of the next one's.
  afterEach(() =>
    house.scratch?.run("update competitions set exposure = 'INTERNAL', slug = concat('old-', id)"),
  );
  afterEach(() => house.scratch?.run("delete from board_lines"));

  const open = (wish: { manifest?: string; exposure?: "EXTERNAL" | "INTERNAL" } = {}) =>
    addCompetition(house.db, { manifest: TINY_MANIFEST, ...wish });

  /** Everybody gets a score, the first named the best. */
  async function enter(competition: TestCompetition, userIds: readonly string[], best = 0): Promise<void> {
    for (const [at, userId] of userIds.entries()) {
      const entry = { userId, submissionId: newId(), score: best - at, submittedAt: NOW };
      await house.db.transaction((tx) =>
        tx.boards.enter(competition.identityId, "higher-is-better", entry, NOW),
      );
    }
  }

  async function rankings(cookie: string, query = "", surface = "external") {
    const path = `/api/v2/${surface}/rankings${query}`;
    const { status, body, text } = await house.request("GET", path, { cookie });
    return { status, text, data: body.data as Rankings, meta: body.meta };
  }
  const brief = ({ lines }: Rankings) => lines.map(({ rank, is_me, points }) => [rank, is_me, points]);

  async function profile(cookie: string, handle: string, surface = "external") {
    const { status, body, text } = await house.request("GET", `/api/v2/${surface}/people/${handle}`, {
      cookie,
    });
    return { status, text, data: body.data as Profile };
  }
  const change = (cookie: string, body: object) => house.request("PATCH", "/api/v2/me", { cookie, body });
  const handleOf = async (cookie: string) =>
    ((await house.request("GET", "/api/v2/me", { cookie })).body.data as { handle: string }).handle;

  test("points add up over the boards that count; one whose answers are public is named and left out", async () => {
    const [ada, bob, cyd] = [await house.signup(), await house.signup(), await house.signup()];
    const [one, two, known] = [await open(), await open(), await open({ manifest: KNOWN_LABELS })];
    await enter(one, [ada.id, bob.id, cyd.id]);
    await enter(two, [bob.id, ada.id]);
    await enter(known, [cyd.id, bob.id, ada.id]);
    const { data } = await rankings(bob.cookie);
    expect(brief(data)).toEqual([
      [1, false, rankPoints(1, 3) + rankPoints(2, 2)],
      [2, true, rankPoints(2, 3) + rankPoints(1, 2)],
      [3, false, rankPoints(3, 3)],
    ]);
    expect(data.me).toEqual(data.lines[1] ?? null);
    expect(data.lines.map(({ competitions }) => competitions)).toEqual([2, 2, 1]);
    expect(data.counted.map(({ slug, people }) => [slug, people]).sort()).toEqual(
      [
        [one.slug, 3],
        [two.slug, 2],
      ].sort(),
    );
    expect(data.left_out.map(({ slug }) => slug)).toEqual([known.slug]);
  });

  test("a board that changes changes the ranking at once, and only that board is read again", async () => {
    const ada = await house.signup();
    // Of equal points the older account is shown first.
    house.clock.advance(1);
    const bob = await house.signup();
    const [one, two] = [await open(), await open()];
    await enter(one, [ada.id, bob.id]);
    await enter(two, [ada.id, bob.id]);
    await rankings(ada.cookie);
    read.length = 0;
    await rankings(ada.cookie);
    expect(read).toEqual([]);
    await enter(two, [bob.id], 5);
    expect(brief((await rankings(ada.cookie)).data)).toEqual([
      [1, true, rankPoints(1, 2) + rankPoints(2, 2)],
      [1, false, rankPoints(1, 2) + rankPoints(2, 2)],
    ]);
    expect(read).toEqual([two.identityId]);
  });

  test("pages follow each other by key: nobody is lost or repeated when the first one changes", async () => {
    const people = [];
    for (let i = 0; i < 5; i++) people.push(await house.signup());
    const ids = people.map(({ id }) => id);
    const competition = await open();
    await enter(competition, ids);
    const cookie = people[4]?.cookie ?? "";
    const first = await rankings(cookie, "?limit=2");
    expect(first.data.lines.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(first.data.me?.rank).toBe(5);
    const second = `?limit=2&cursor=${first.meta?.next_cursor}`;
    expect((await rankings(cookie, second)).data.lines.map(({ rank }) => rank)).toEqual([3, 4]);
    await change(people[0]?.cookie ?? "", { listed: false });
    expect((await rankings(cookie, second)).data.lines.map(({ rank }) => rank)).toEqual([2, 3]);
    expect((await rankings(cookie, second, "internal")).status).toBe(403);
    expect((await rankings(cookie, "?cursor=bm9uZTph")).status).toBe(400);
  });

  test("the internal surface counts its own; the external one knows neither place nor existence of it", async () => {
    const [ada, bob] = [await house.signup({ internal: true }), await house.signup()];
    const inside = await open({ exposure: "INTERNAL" });
    await enter(inside, [bob.id, ada.id]);
    const outside = await open();
    await enter(outside, [ada.id, bob.id]);
    const external = await rankings(ada.cookie);
    expect(brief(external.data)).toEqual([
      [1, true, rankPoints(1, 2)],
      [2, false, rankPoints(2, 2)],
    ]);
    const seen = external.text + (await profile(ada.cookie, await handleOf(ada.cookie))).text;
    expect(seen).not.toContain(inside.slug);
    const internal = (await rankings(ada.cookie, "", "internal")).data;
    expect(internal.lines.map(({ rank, is_me }) => [rank, is_me])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(JSON.stringify(internal)).not.toContain(outside.slug);
    const mine = (await profile(ada.cookie, await handleOf(ada.cookie), "internal")).data;
    expect(mine.competitions.map(({ slug }) => slug)).toEqual([inside.slug]);
  });

  test("a profile shows places, points and best scores, and no points where answers are public", async () => {
    const [ada, bob] = [await house.signup(), await house.signup()];
    const [one, known] = [await open(), await open({ manifest: KNOWN_LABELS })];
    await enter(one, [bob.id, ada.id], 1 / 3);
    await enter(known, [ada.id]);
    await house.db.competitions.update(one.id, { retiredAt: NOW });
    expect((await change(ada.cookie, { handle: "ada-of-tests" })).status).toBe(200);
    const { data } = await profile(bob.cookie, "ada-of-tests");
    expect(data).toMatchObject({
      handle: "ada-of-tests",
      is_me: false,
      listed: true,
      member_since: new Date(house.clock.now()).toISOString(),
      ranking: { rank: 2, people: 2, points: rankPoints(2, 2) },
    });
    const bySlug = new Map(data.competitions.map((entry) => [entry.slug, entry]));
    expect(bySlug.get(one.slug)).toMatchObject({
      rank: 2,
      people: 2,
      score: -0.66667,
      tier: null,
      points: rankPoints(2, 2),
      retired_at: "2026-01-02T03:04:05.678Z",
    });
    expect(bySlug.get(known.slug)).toMatchObject({ rank: 1, people: 1, points: null, retired_at: null });
  });

  test("who does not want to be seen is in no ranking and has a profile for themselves only; who is disabled has none", async () => {
    const [ada, bob, admin] = [
      await house.signup(),
      await house.signup(),
      await house.signup({ admin: true }),
    ];
    const competition = await open();
    await enter(competition, [ada.id, bob.id]);
    await change(ada.cookie, { handle: "shy-ada", listed: false });
    const ranked = await rankings(bob.cookie);
    // The board goes on showing both, so Bob's points stay those of a second place.
    expect(brief(ranked.data)).toEqual([[1, true, rankPoints(2, 2)]]);
    expect(ranked.text).not.toContain("shy-ada");
    expect((await profile(bob.cookie, "shy-ada")).status).toBe(404);
    expect((await profile(ada.cookie, "shy-ada")).data).toMatchObject({ listed: false, ranking: null });
    expect((await rankings(ada.cookie)).data).toMatchObject({ me: null, listed: false });
    await change(ada.cookie, { listed: true });
    expect((await profile(bob.cookie, "shy-ada")).status).toBe(200);
    await house.request("PATCH", `/api/v2/admin/users/${ada.id}`, {
      cookie: admin.cookie,
      body: { disabled: true },
    });
    expect(brief((await rankings(bob.cookie)).data)).toEqual([[1, true, rankPoints(2, 2)]]);
    expect((await profile(bob.cookie, "shy-ada")).status).toBe(404);
  });

  test("without competitions there is nobody to rank", async () => {
    const ada = await house.signup();
    expect((await rankings(ada.cookie)).data).toMatchObject({ lines: [], me: null, counted: [], people: 0 });
  });
});
