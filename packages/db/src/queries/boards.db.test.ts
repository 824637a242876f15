import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import type { Direction } from "@medforge/core/leaderboard";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "../testing.ts";
import {
  addCompetition,
  addSubmission,
  addUser,
  newId,
  type TestCompetition,
} from "../testing-competitions.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe.if(databaseNamed)("boards", () => {
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    scratch = await scratchDatabase();
  });
  afterAll(() => scratch.drop());
  beforeEach(() => scratch.clear());

  /** A submission with its score on the board. */
  async function scored(
    competition: TestCompetition,
    userId: string,
    score: number,
    at = NOW,
    direction: Direction = "higher-is-better",
  ): Promise<string> {
    const { submission, runId } = await addSubmission(scratch.db, competition, {
      userId,
      at,
      id: newId(NOW - at),
    });
    await scratch.db.transaction(async (tx) => {
      const claim = newId();
      const mine = await tx.scoreRuns.claim({ claim, runsMax: 1, leaseMs: 1000, scorerVersion: "test" });
      expect(mine.map(({ id }) => id)).toEqual([runId]);
      await tx.scoreRuns.scored(
        { id: runId },
        claim,
        { score, components: [{ key: "accuracy" }], perCase: new Uint8Array([1]), warnings: [] },
        at,
      );
      await tx.boards.enter(
        competition.identityId,
        direction,
        { userId, submissionId: submission.id, score, submittedAt: at },
        at,
      );
    });
    return submission.id;
  }

  const scores = async (competition: TestCompetition) =>
    (await scratch.db.boards.page(competition.identityId, undefined, 100)).map(({ line }) => line.score);

  test("a user's best stands on the board, equal ones by the earlier submission, 0 too", async () => {
    const competition = await addCompetition(scratch.db);
    const [a, b, c] = [await addUser(scratch.db), await addUser(scratch.db), await addUser(scratch.db)];
    await scored(competition, a, 0.5, NOW + 5);
    const best = await scored(competition, a, 0.75, NOW + 6);
    await scored(competition, a, 0.75, NOW + 7);
    await scored(competition, b, 0.75, NOW + 4);
    await scored(competition, c, 0, NOW);
    const lines = await scratch.db.boards.page(competition.identityId, undefined, 10);
    expect(lines.map(({ line }) => [line.userId, line.score, line.submissions])).toEqual([
      [b, 0.75, 1],
      [a, 0.75, 3],
      [c, 0, 1],
    ]);
    expect(lines[1]?.line.submissionId).toBe(best);
  });

  test("where lower is better, the lowest stands first", async () => {
    const competition = await addCompetition(scratch.db, { direction: "lower-is-better" });
    for (const score of [3.5, 0, 12]) {
      const user = await addUser(scratch.db);
      await scored(competition, user, score + 1, NOW, "lower-is-better");
      await scored(competition, user, score, NOW + 1, "lower-is-better");
    }
    expect(await scores(competition)).toEqual([0, 3.5, 12]);
  });

  test("a score comes back as it went in, to the last bit", async () => {
    const competition = await addCompetition(scratch.db);
    const values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5e-10, 0.9999999999999999];
    for (const value of values) await scored(competition, await addUser(scratch.db), value);
    expect(await scores(competition)).toEqual(values.toSorted((x, y) => y - x));
    const pages: number[] = [];
    let after: Parameters<typeof scratch.db.boards.page>[1];
    for (let at = 0; at < values.length; at++) {
      const [next] = await scratch.db.boards.page(competition.identityId, after, 1);
      if (next === undefined) break;
      pages.push(next.line.score);
      expect(await scratch.db.boards.countBefore(competition.identityId, next.line)).toBe(at);
      after = next.line;
    }
    expect(pages).toEqual(values.toSorted((x, y) => y - x));
  });

  test("signposts and the lines between them count the same as all lines before", async () => {
    const competition = await addCompetition(scratch.db);
    for (let i = 0; i < 12; i++) {
      await scored(competition, await addUser(scratch.db), Math.floor(i / 5) / 10, NOW + (i % 2));
    }
    const { boards } = scratch.db;
    const posts = await boards.everyNth(competition.identityId, 5);
    expect(posts.map(({ place }) => place)).toEqual([5, 10]);
    for (const post of posts) {
      expect(await boards.countBefore(competition.identityId, post)).toBe(post.place - 1);
    }
    const [first, second] = posts;
    if (first === undefined || second === undefined) throw new Error("no signposts");
    expect(await boards.countBefore(competition.identityId, second, first)).toBe(4);
  });

  test("after a withdrawal the next best stands there at once, and nothing when there is none", async () => {
    const competition = await addCompetition(scratch.db);
    const user = await addUser(scratch.db);
    await scored(competition, user, 0.25, NOW);
    const best = await scored(competition, user, 0.75, NOW + 1);
    const next = await scored(competition, user, 0.5, NOW + 2);
    const withdraw = (id: string) =>
      scratch.db.transaction(async (tx) => {
        expect(await tx.submissions.withdraw(id, NOW)).toBe(true);
        await tx.boards.withdrawn({ id, competitionId: competition.id, userId: user }, NOW);
      });
    await withdraw(best);
    const [line] = await scratch.db.boards.page(competition.identityId, undefined, 10);
    expect(line?.line).toMatchObject({ submissionId: next, score: 0.5, sortKey: -0.5, submissions: 2 });
    await withdraw(next);
    expect(await scores(competition)).toEqual([0.25]);
  });

  test("a board that somebody reads all of is changed by nobody until that has ended", async () => {
    const competition = await addCompetition(scratch.db);
    await scored(competition, await addUser(scratch.db), 0.5);
    const { identityId } = competition;
    const entry = { userId: await addUser(scratch.db), submissionId: newId(), score: 1, submittedAt: NOW };
    let entering: Promise<void> | undefined;
    const before = await scratch.db.transaction(async (tx) => {
      await tx.boards.lock(identityId);
      entering = scratch.db.transaction((other) =>
        other.boards.enter(identityId, "higher-is-better", entry, NOW),
      );
      await Bun.sleep(100);
      return tx.boards.page(identityId, undefined, 10);
    });
    expect(before.map(({ line }) => line.score)).toEqual([0.5]);
    await entering;
    expect(await scores(competition)).toEqual([1, 0.5]);
  });

  test("first submissions of one user that are scored at the same moment make one line that counts them all", async () => {
    const competition = await addCompetition(scratch.db);
    const user = await addUser(scratch.db);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        scratch.db.transaction((tx) =>
          tx.boards.enter(
            competition.identityId,
            "higher-is-better",
            { userId: user, submissionId: newId(), score: i / 8, submittedAt: NOW },
            NOW,
          ),
        ),
      ),
    );
    const lines = await scratch.db.boards.page(competition.identityId, undefined, 10);
    expect(lines.map(({ line }) => [line.score, line.submissions])).toEqual([[7 / 8, 8]]);
  });

  test("statistics stay with the submission they are of, and a change of the board asks for new ones", async () => {
    const competition = await addCompetition(scratch.db);
    const [a, b] = [await addUser(scratch.db), await addUser(scratch.db)];
    await scored(competition, a, 0.5);
    await scored(competition, b, 0.25);
    const { boards } = scratch.db;
    const [changed] = await boards.changedSinceStatistics();
    if (changed === undefined) throw new Error("no board has changed");
    const lines = (await boards.page(competition.identityId, undefined, 10)).map(({ line }) => {
      const { userId, submissionId } = line;
      return {
        userId,
        submissionId,
        intervalLow: 0.1,
        intervalHigh: 0.9,
        rankLow: 1,
        rankHigh: 2,
        firstProbability: 0.5,
        tier: 1,
      };
    });
    const better = await scored(competition, a, 0.75, NOW + 1);
    await scratch.db.transaction((tx) =>
      tx.boards.writeStatistics(
        competition.identityId,
        changed.changedAt,
        { seed: "s", resamples: 1000, cases: 4, lines: 2, absent: null, aggregations: [] },
        lines,
      ),
    );
    const page = await boards.page(competition.identityId, undefined, 10);
    expect(page.map(({ line }) => [line.submissionId, line.statisticsFit, line.tier])).toEqual([
      [better, false, null],
      [lines[1]?.submissionId ?? "", true, 1],
    ]);
    const [again] = await boards.changedSinceStatistics();
    expect(again?.statistics).toMatchObject({ seed: "s", lines: 2 });
    expect(again?.changedAt).toBeGreaterThan(changed.changedAt);
    await scratch.db.transaction((tx) =>
      tx.boards.writeStatistics(
        competition.identityId,
        again?.changedAt ?? 0,
        { seed: "t", resamples: 1000, cases: 4, lines: 0, absent: null, aggregations: [] },
        [],
      ),
    );
    expect(await boards.changedSinceStatistics()).toEqual([]);
  });

  test("a score that is not its user's best, and its withdrawal, change no place, and ask for no new statistics", async () => {
    const competition = await addCompetition(scratch.db);
    const user = await addUser(scratch.db);
    const changedAt = async () => (await scratch.db.boards.byIdentity(competition.identityId))?.changedAt;
    await scored(competition, user, 0.5);
    const first = await changedAt();
    const worse = await scored(competition, user, 0.25, NOW + 1);
    const withdraw = async (id: string) => {
      await scratch.db.submissions.withdraw(id, NOW + 2);
      await scratch.db.boards.withdrawn({ id, competitionId: competition.id, userId: user }, NOW + 2);
    };
    await withdraw(worse);
    expect(await changedAt()).toBe(first);
    const better = await scored(competition, user, 0.75, NOW + 3);
    const second = await changedAt();
    expect(second).toBeGreaterThan(first ?? 0);
    await withdraw(better);
    expect(await changedAt()).toBeGreaterThan(second ?? 0);
    expect(await scores(competition)).toEqual([0.5]);
  });

  test("workers are seen, the last one first, and forgotten", async () => {
    const [old, fresh] = [newId(), newId()];
    await scratch.db.workers.seen({ id: old, name: "old", seenAt: NOW });
    await scratch.db.workers.seen({ id: fresh, name: "fresh", seenAt: NOW });
    await scratch.db.workers.seen({ id: fresh, name: "fresh", seenAt: NOW + 1000 });
    expect((await scratch.db.workers.all()).map(({ name, seenAt }) => [name, seenAt])).toEqual([
      ["fresh", NOW + 1000],
      ["old", NOW],
    ]);
    await scratch.db.workers.prune(NOW + 1);
    expect((await scratch.db.workers.all()).map(({ name }) => name)).toEqual(["fresh"]);
  });
});
