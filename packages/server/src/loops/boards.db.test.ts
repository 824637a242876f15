import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import type { Leaderboard } from "@medforge/contracts/leaderboard";
import { databaseNamed } from "@medforge/db/testing";
import {
  addCompetition,
  addSubmission,
  addUser,
  newId,
  type TestCompetition,
} from "@medforge/db/testing-competitions";

import { ScorerFault } from "../scorer/fault.ts";
import type { Scorer } from "../scorer/scorer.ts";
import { TINY_MANIFEST } from "../scorer/testing.ts";
import { type House, testHouse } from "../testing.ts";
import { computeStatistics, runBoards } from "./boards.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const IDS = Array.from({ length: 40 }, (_, at) => `case${at}`);

describe.if(databaseNamed)("statistics of boards", () => {
  let house: House;
  let cookie: string;
  let competition: TestCompetition;
  beforeAll(async () => {
    house = await testHouse();
    cookie = (await house.signup()).cookie;
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    await settle();
    competition = await addCompetition(house.db, { manifest: TINY_MANIFEST });
  });

  /** A scored submission with `right` correct cases of 40, from the given case on. */
  async function scored(name: string, right: number, perCase = true, from = 0): Promise<void> {
    const userId = await addUser(house.db, name);
    const { submission, runId } = await addSubmission(house.db, competition, { userId });
    const values = IDS.map((_, at) => ((at + from) % 40 < right ? 1 : 0));
    const packed = Bun.gzipSync(
      new TextEncoder().encode(JSON.stringify({ ids: IDS, values: perCase ? { accuracy: values } : {} })),
    );
    await house.db.transaction(async (tx) => {
      const claim = newId();
      await tx.scoreRuns.claim({ claim, runsMax: 1, leaseMs: 1000, scorerVersion: "test" });
      const score = right / 40;
      const result = { score, components: [], perCase: packed, warnings: [] };
      expect(await tx.scoreRuns.scored({ id: runId }, claim, result, NOW)).toBe(true);
      const entry = { userId, submissionId: submission.id, score, submittedAt: NOW };
      await tx.boards.enter(competition.identityId, "higher-is-better", entry, NOW);
    });
  }

  const compute = async () => {
    const [board] = await house.db.boards.changedSinceStatistics();
    if (board === undefined) throw new Error("no board has changed");
    await computeStatistics(house.deps, board);
  };
  /** What other tests have left to compute is none of this one's. */
  const settle = async () => {
    for (const board of await house.db.boards.changedSinceStatistics())
      await computeStatistics(house.deps, board);
  };
  const page = async () => {
    const path = `/api/v2/external/competitions/${competition.slug}/leaderboard`;
    const { body, status } = await house.request("GET", path, { cookie });
    expect(status).toBe(200);
    return body.data as Leaderboard;
  };
  const bytes = async () =>
    JSON.stringify([
      await house.db.boards.byIdentity(competition.identityId).then((board) => board?.statistics),
      (await house.db.boards.page(competition.identityId, undefined, 100)).map(({ line }) => line),
    ]);

  test("are shown with intervals, chances, tiers and other orders, and say what they are of", async () => {
    await scored("Ada", 38);
    await scored("Bob", 37, true, 1);
    await scored("Cyd", 5);
    expect((await page()).statistics).toBeNull();
    await compute();
    const { lines, statistics } = await page();
    expect(statistics).toMatchObject({ resamples: 1000, cases: 40, lines: 3, up_to_date: true });
    expect(statistics?.aggregations.map(({ by }) => by)).toEqual(["median", "rank-then-mean"]);
    expect(lines.map(({ display_name, tier }) => [display_name, tier])).toEqual([
      ["Ada", 1],
      ["Bob", 1],
      ["Cyd", 2],
    ]);
    expect(lines[2]).toMatchObject({
      first_probability: 0,
      rank_interval: { low: 3, high: 3 },
      rank_by: { median: 3, "rank-then-mean": 3 },
    });
    expect(lines[0]?.interval?.low).toBeLessThan(0.95);
    expect(lines[0]?.interval?.high).toBeGreaterThan(0.95);
  });

  test("of the same board are the same bytes, whoever computes them and however often", async () => {
    for (const [name, right] of [
      ["Ada", 30],
      ["Bob", 29],
      ["Cyd", 20],
    ] as const)
      await scored(name, right);
    await compute();
    const once = await bytes();
    const board = await house.db.boards.byIdentity(competition.identityId);
    if (board === undefined) throw new Error("there is a board");
    await computeStatistics(house.deps, board);
    expect(await bytes()).toBe(once);
  });

  test("stay as they are when the board changes, and say so, until they are computed again", async () => {
    await scored("Ada", 30);
    await compute();
    await scored("Bob", 20);
    const { lines, statistics } = await page();
    expect(statistics).toMatchObject({ lines: 1, up_to_date: false });
    expect(lines.map(({ interval }) => interval === null)).toEqual([false, true]);
    await compute();
    expect((await page()).statistics).toMatchObject({ lines: 2, up_to_date: true });
    expect(await house.db.boards.changedSinceStatistics()).toEqual([]);
  });

  test("of one board that cannot be computed keep no other board from its own", async () => {
    await scored("Ada", 30);
    const broken = competition;
    competition = await addCompetition(house.db, { manifest: TINY_MANIFEST });
    for (const name of ["Bob", "Cyd"]) await scored(name, 20);
    const statistics: Scorer["statistics"] = (job, signal) => {
      if (job.columns.length === 1) throw new ScorerFault("time_limit", "a board that takes too long");
      return house.deps.scorer.statistics(job, signal);
    };
    const deps = { ...house.deps, scorer: { ...house.deps.scorer, statistics } };
    const stop = new AbortController();
    const running = runBoards(deps, stop.signal);
    const done = async ({ identityId }: TestCompetition) =>
      (await house.db.boards.byIdentity(identityId))?.statisticsAt !== null;
    for (let tries = 0; tries < 200 && !(await done(competition)); tries++) {
      await Bun.sleep(10);
      house.clock.advance(1_000);
    }
    expect([await done(broken), await done(competition)]).toEqual([false, true]);
    stop.abort();
    house.clock.advance(1_000);
    await running;
  });

  test("are none where the score is no mean over cases, and nobody tries again", async () => {
    await scored("Ada", 30, false);
    await compute();
    const { lines, statistics } = await page();
    expect(statistics).toBeNull();
    expect(lines[0]).toMatchObject({ interval: null, tier: null, rank_by: {} });
    expect(await house.db.boards.changedSinceStatistics()).toEqual([]);
  });
});
