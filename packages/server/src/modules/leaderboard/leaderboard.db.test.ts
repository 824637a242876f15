import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import type { Leaderboard, LeaderboardLine } from "@medforge/contracts/leaderboard";
import type { Direction } from "@medforge/core/leaderboard";
import { databaseNamed } from "@medforge/db/testing";
import {
  addCompetition,
  addIdentity,
  addSubmission,
  addUser,
  newId,
  type TestCompetition,
} from "@medforge/db/testing-competitions";

import { TINY_MANIFEST } from "../../scorer/testing.ts";
import { type House, testHouse } from "../../testing.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe.if(databaseNamed)("the leaderboard", () => {
  let house: House;
  let me: { id: string; cookie: string };
  let competition: TestCompetition;
  beforeAll(async () => {
    house = await testHouse();
    me = await house.signup({ internal: true });
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    competition = await addCompetition(house.db, { manifest: TINY_MANIFEST });
  });

  async function enter(
    userId: string,
    score: number,
    submittedAt = NOW,
    direction: Direction = "higher-is-better",
    identityId = competition.identityId,
  ): Promise<string> {
    const submissionId = newId(2 * NOW - submittedAt);
    const entry = { userId, submissionId, score, submittedAt };
    await house.db.transaction((tx) => tx.boards.enter(identityId, direction, entry, NOW));
    return submissionId;
  }

  /** The one submission of a user, which is written down to be withdrawn. */
  async function withdraw(userId: string, id: string): Promise<void> {
    const { submission, runId } = await addSubmission(house.db, competition, { userId, id });
    await house.db.transaction(async (tx) => {
      const claim = newId();
      await tx.scoreRuns.claim({ claim, runsMax: 1, leaseMs: 1000, scorerVersion: "test" });
      const result = { score: 1, components: [], perCase: null, warnings: [] };
      await tx.scoreRuns.scored({ id: runId }, claim, result, NOW);
      await tx.submissions.withdraw(id, NOW);
      await tx.boards.withdrawn(submission, NOW);
    });
  }

  const read = async (query = "", surface = "external") => {
    const path = `/api/v2/${surface}/competitions/${competition.slug}/leaderboard${query}`;
    const { status, body, text } = await house.request("GET", path, { cookie: me.cookie });
    return { status, code: body.code, text, data: body.data as Leaderboard, meta: body.meta };
  };
  const brief = (line: LeaderboardLine) => [line.rank, line.display_name, line.score];

  test("shows every user's best with its rank, ties by time, 0 too, and my own line wherever I stand", async () => {
    const [ada, bob] = [await addUser(house.db, "Ada"), await addUser(house.db, "Bob")];
    await enter(bob, 0.75, NOW + 1);
    await enter(ada, 0.75, NOW);
    await enter(me.id, 0, NOW);
    const { data } = await read("?limit=2");
    expect(data.lines.map(brief)).toEqual([
      [1, "Ada", 0.75],
      [2, "Bob", 0.75],
    ]);
    expect(data.me).toMatchObject({
      rank: 3,
      score: 0,
      is_me: true,
      submissions: 1,
      tier: null,
      interval: null,
    });
    expect(data.statistics).toBeNull();
  });

  test("shows as many decimals as the manifest says, and orders by all of them", async () => {
    await enter(await addUser(house.db, "Ada"), 0.123456789);
    await enter(await addUser(house.db, "Bob"), 0.12345679);
    const { data, text } = await read();
    expect(data.lines.map(brief)).toEqual([
      [1, "Bob", 0.12346],
      [2, "Ada", 0.12346],
    ]);
    expect(text).not.toContain("0.1234567");
  });

  test("stays to be seen when its manifest asks for a metric that this scorer has no more", async () => {
    const manifest = TINY_MANIFEST.replaceAll('"accuracy"', '"accuracy-of-old"');
    competition = await addCompetition(house.db, { manifest });
    await enter(await addUser(house.db, "Ada"), 1 / 3);
    expect((await read()).data.lines.map(brief)).toEqual([[1, "Ada", 0.333333333333]]);
  });

  test("where lower is better, the lowest has rank 1", async () => {
    const identityId = await addIdentity(house.db, {
      slug: competition.slug,
      manifest: TINY_MANIFEST,
      direction: "lower-is-better",
    });
    await house.db.competitions.update(competition.id, { boardIdentityId: identityId });
    for (const score of [2.5, 0, 7]) {
      await enter(await addUser(house.db), score, NOW, "lower-is-better", identityId);
    }
    const { data } = await read();
    expect(data.lines.map(({ rank, score }) => [rank, score])).toEqual([
      [1, 0],
      [2, 2.5],
      [3, 7],
    ]);
    expect(data.direction).toBe("lower-is-better");
    expect(data.rescoring).toBe(true);
  });

  test("the second page loses and repeats nobody when the first one changes, and every rank is counted anew", async () => {
    const [users, submissions]: [string[], string[]] = [[], []];
    for (let i = 0; i < 9; i++) {
      users.push(await addUser(house.db, `u${i}`));
      // Three share each score: time, and not the id, keeps them apart.
      submissions.push(await enter(users[i] ?? "", 1 - Math.floor(i / 3) / 10, NOW + (i % 3)));
    }
    const first = await read("?limit=4");
    expect(first.data.lines.map(brief).map(([, name]) => name)).toEqual(["u0", "u1", "u2", "u3"]);
    const secondPage = async () => {
      const { data } = await read(`?limit=4&cursor=${first.meta?.next_cursor}`);
      return data.lines.map(brief);
    };
    expect(await secondPage()).toEqual([
      [5, "u4", 0.9],
      [6, "u5", 0.9],
      [7, "u6", 0.8],
      [8, "u7", 0.8],
    ]);
    // One from behind takes the lead.
    await enter(users[8] ?? "", 2, NOW);
    expect(await secondPage()).toEqual([
      [6, "u4", 0.9],
      [7, "u5", 0.9],
      [8, "u6", 0.8],
      [9, "u7", 0.8],
    ]);
    // And two of the first page leave it.
    for (const at of [0, 1]) await withdraw(users[at] ?? "", submissions[at] ?? "");
    expect(await secondPage()).toEqual([
      [4, "u4", 0.9],
      [5, "u5", 0.9],
      [6, "u6", 0.8],
      [7, "u7", 0.8],
    ]);
  });

  test("ranks beyond the first signposts are the same as by counting, before and after a change", async () => {
    for (let i = 0; i < 150; i++) await enter(await addUser(house.db), Math.floor(i / 7), NOW + (i % 7));
    const ranks = async () => {
      const all: number[] = [];
      for (let cursor: unknown = ""; cursor !== null; ) {
        const { data, meta } = await read(`?limit=20${cursor === "" ? "" : `&cursor=${cursor}`}`);
        all.push(...data.lines.map(({ rank }) => rank));
        cursor = meta?.next_cursor ?? null;
      }
      return all;
    };
    const counting = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
    expect(await ranks()).toEqual(counting(150));
    house.clock.advance(2_000);
    expect(await ranks()).toEqual(counting(150));
    await enter(me.id, 100, NOW);
    expect((await read()).data.me?.rank).toBe(1);
    expect(await ranks()).toEqual(counting(151));
  });

  test("a cursor of a board that was switched since is refused, and so is an invented one", async () => {
    for (let i = 0; i < 3; i++) await enter(await addUser(house.db), i);
    const { meta } = await read("?limit=1");
    const next = await addIdentity(house.db, { slug: competition.slug, manifest: TINY_MANIFEST });
    await house.db.competitions.update(competition.id, { boardIdentityId: next });
    for (const cursor of [meta?.next_cursor, "bm9uZTph", "x"]) {
      expect(await read(`?cursor=${cursor}`)).toMatchObject({ status: 400, code: "malformed_request" });
    }
  });

  test("a competition of the other surface, and none at all, are not found", async () => {
    expect(await read("", "internal")).toMatchObject({ status: 404, code: "not_found" });
    competition = { ...competition, slug: "no-such" };
    expect(await read()).toMatchObject({ status: 404, code: "not_found" });
  });

  test("a board that nobody stands on is empty, not missing", async () => {
    const { data, meta } = await read();
    expect(data).toMatchObject({ lines: [], me: null, statistics: null, rescoring: false });
    expect(meta?.has_more).toBe(false);
  });
});
