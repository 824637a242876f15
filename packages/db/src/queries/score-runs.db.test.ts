import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "../testing.ts";
import { addCompetition, addIdentity, addSubmission, addUser, newId } from "../testing-competitions.ts";
import type { ClaimedRun } from "./score-runs.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const NOTHING = { components: [], perCase: null, warnings: [] };

describe.if(databaseNamed)("score runs", () => {
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    scratch = await scratchDatabase();
  });
  afterAll(() => scratch.drop());
  beforeEach(() => scratch.clear());

  const claimed = (
    runsMax: number,
    more: { leaseMs?: number; scorerVersion?: string } = {},
  ): Promise<{ claim: string; runs: ClaimedRun[] }> => {
    const claim = newId();
    return scratch.db.transaction(async (tx) => ({
      claim,
      runs: await tx.scoreRuns.claim({
        claim,
        runsMax,
        leaseMs: more.leaseMs ?? 60_000,
        scorerVersion: more.scorerVersion ?? "test",
      }),
    }));
  };

  async function queued(count: number) {
    const { db } = scratch;
    const competition = await addCompetition(db);
    const userId = await addUser(db);
    const runs = [];
    // Ids are made backwards, so that only the time they were queued at orders them right.
    for (let i = 0; i < count; i++) {
      runs.push(await addSubmission(db, competition, { userId, at: NOW + i, id: newId(NOW - i) }));
    }
    return { competition, runs };
  }

  test("the longest waiting are claimed first, each once", async () => {
    const { runs } = await queued(5);
    const first = await claimed(3);
    expect(first.runs.map(({ id }) => id)).toEqual(runs.slice(0, 3).map(({ runId }) => runId));
    expect((await claimed(3)).runs.map(({ id }) => id)).toEqual(runs.slice(3).map(({ runId }) => runId));
    expect((await claimed(3)).runs).toEqual([]);
  });

  test("eight workers that claim at once get two hundred runs, none of them twice", async () => {
    await queued(200);
    const got: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (;;) {
          const { runs } = await claimed(7);
          if (runs.length === 0 && (await scratch.db.scoreRuns.queueState()).queued === 0) return;
          got.push(...runs.map(({ id }) => id));
        }
      }),
    );
    expect(got.length).toBe(200);
    expect(new Set(got).size).toBe(200);
  });

  test("a worker takes runs of its own scorer's version only", async () => {
    const { runs } = await queued(1);
    expect((await claimed(5, { scorerVersion: "newer" })).runs).toEqual([]);
    expect((await claimed(5)).runs.map(({ id }) => id)).toEqual(runs.map(({ runId }) => runId));
  });

  test("a lease that has run out is claimed again, alone and with its attempt counted, and its old holder writes nothing", async () => {
    await queued(3);
    const { db } = scratch;
    const lost = await claimed(2, { leaseMs: 1 });
    await Bun.sleep(10);
    const again = await claimed(2);
    expect(again.runs.map(({ id, attempts }) => [id, attempts])).toEqual([[lost.runs[0]?.id ?? "", 2]]);
    const [run] = again.runs;
    const write = (claim: string, score: number) =>
      db.transaction((tx) => tx.scoreRuns.scored({ id: run?.id ?? "" }, claim, { ...NOTHING, score }, NOW));
    expect(await write(lost.claim, 0.1)).toBe(false);
    expect(await write(again.claim, 0.2)).toBe(true);
    expect(await write(again.claim, 0.3)).toBe(false);
    const [ended] = await db.scoreRuns.ofSubmission(run?.submission.id ?? "");
    expect(ended).toMatchObject({ state: "scored", score: 0.2 });
  });

  test("a lease that is extended is not claimed by another, and what is given back counts no attempt", async () => {
    await queued(1);
    const { db } = scratch;
    const mine = await claimed(1, { leaseMs: 30 });
    expect(await db.scoreRuns.extendLease(mine.claim, 60_000)).toBe(1);
    await Bun.sleep(50);
    expect((await claimed(1)).runs).toEqual([]);
    const [run] = mine.runs;
    if (run === undefined) throw new Error("nothing was claimed");
    await db.scoreRuns.giveBack(run, mine.claim);
    expect((await claimed(1)).runs[0]?.attempts).toBe(1);
  });

  test("what was put off is not claimed before its time, then before all others", async () => {
    const { runs } = await queued(2);
    const first = await claimed(1);
    const [run] = first.runs;
    if (run === undefined) throw new Error("nothing was claimed");
    await scratch.db.scoreRuns.putOff(run, first.claim, 150);
    expect((await claimed(1)).runs[0]?.id).toBe(runs[1]?.runId);
    expect((await claimed(1)).runs).toEqual([]);
    await Bun.sleep(200);
    expect((await claimed(1)).runs.map(({ id, attempts }) => [id, attempts])).toEqual([[run.id, 2]]);
  });

  test("the board switches to the new identity when the last run of it has ended, and not before", async () => {
    const { db } = scratch;
    const { competition, runs } = await queued(2);
    await claimed(2);
    const next = await addIdentity(db, { slug: competition.slug });
    await db.competitions.update(competition.id, { targetIdentityId: next });
    for (const { submission } of runs) {
      await db.scoreRuns.queue({ id: newId(), submissionId: submission.id, identityId: next, queuedAt: NOW });
    }
    const { claim, runs: again } = await claimed(5);
    expect(again.length).toBe(2);
    const end = (run: ClaimedRun) =>
      db.transaction(async (tx) => {
        await tx.scoreRuns.scored(run, claim, { ...NOTHING, score: 1 }, NOW);
        return tx.competitions.showTargetWhenComplete(competition.id, NOW);
      });
    // Both at once: each sees the other one as not ended, unless they wait for each other.
    const switched = await Promise.all(again.map(end));
    expect(switched.toSorted()).toEqual([false, true]);
    expect((await db.competitions.bySlug(competition.slug))?.boardIdentityId).toBe(next);
  });

  test("the queue says how much waits and since when", async () => {
    expect(await scratch.db.scoreRuns.queueState()).toEqual({ queued: 0, scoring: 0, oldestQueuedAt: null });
    await queued(3);
    await claimed(1);
    expect(await scratch.db.scoreRuns.queueState()).toEqual({
      queued: 2,
      scoring: 1,
      oldestQueuedAt: NOW + 1,
    });
  });
});
