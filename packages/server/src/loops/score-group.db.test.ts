import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import type { ClaimedRun } from "@medforge/db/queries/score-runs";
import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import {
  addCompetition,
  addSubmission,
  addUser,
  newId,
  type TestCompetition,
} from "@medforge/db/testing-competitions";
import { systemClock } from "@medforge/runtime/deadline";

import { createScoreWriter } from "./score-group.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const LEASE_MS = 60_000;

describe.if(databaseNamed)("scores that are written in groups", () => {
  let scratch: ScratchDatabase;
  let competition: TestCompetition;
  let identity: ScoreIdentity;
  beforeAll(async () => {
    scratch = await scratchDatabase();
  });
  afterAll(() => scratch.drop());
  beforeEach(async () => {
    await scratch.clear();
    competition = await addCompetition(scratch.db);
    const found = await scratch.db.scoreIdentities.byId(competition.identityId);
    if (found === undefined) throw new Error("a competition has an identity");
    identity = found;
  });

  const writer = () => createScoreWriter({ db: scratch.db, clock: systemClock });
  const submitted = async (userId: string, at = NOW) =>
    (await addSubmission(scratch.db, competition, { userId, at, id: newId(at) })).runId;
  const claimed = async (runsMax: number, leaseMs = LEASE_MS) => {
    const claim = newId();
    const wish = { claim, runsMax, leaseMs, scorerVersion: "test" };
    return { claim, runs: await scratch.db.transaction((tx) => tx.scoreRuns.claim(wish)) };
  };
  const end = (run: ClaimedRun, claim: string, score: number) => ({
    run,
    claim,
    identity,
    result: { score, components: [], perCase: null, warnings: [] },
  });
  const board = async () =>
    (await scratch.db.boards.page(competition.identityId, undefined, 100)).map(({ line }) => line);
  const stateOf = async ({ submission }: ClaimedRun) =>
    (await scratch.db.scoreRuns.ofSubmission(submission.id)).map(({ state, score }) => [state, score]);

  test("by many at once, of the same users in other orders, count each once, and the best of each stands", async () => {
    const users: string[] = [];
    for (let i = 0; i < 6; i++) users.push(await addUser(scratch.db));
    for (let i = 0; i < 120; i++) await submitted(users[(i * 5) % 6] ?? "", NOW + i);
    const best = new Map<string, number>();
    const write = (which: number, { claim, runs }: Awaited<ReturnType<typeof claimed>>) => {
      const own = writer();
      return (which % 2 === 0 ? runs : runs.toReversed()).map((run, at) => {
        const score = ((at * 37 + which * 11) % 101) / 101;
        const { userId } = run.submission;
        best.set(userId, Math.max(score, best.get(userId) ?? 0));
        return own.write(end(run, claim, score));
      });
    };
    const claims: Awaited<ReturnType<typeof claimed>>[] = [];
    for (const size of [20, 20, 20, 20, 20, 10, 10]) claims.push(await claimed(size));
    // Lines of nobody first, then of everybody.
    for (const some of [claims.slice(0, 3), claims.slice(3)]) {
      const written = await Promise.all(some.flatMap((one, which) => write(which, one)));
      expect(new Set(written)).toEqual(new Set([true]));
    }
    const lines = await board();
    expect(lines.map(({ submissions }) => submissions)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(new Map(lines.map(({ userId, score }) => [userId, score]))).toEqual(best);
  });

  test("leave out the one whose lease was lost in between, even where its new claim ends in the same group", async () => {
    for (let i = 0; i < 3; i++) await submitted(await addUser(scratch.db), NOW + i);
    const first = await claimed(3, 0);
    const second = await claimed(1);
    const [taken] = second.runs;
    if (taken === undefined) throw new Error("a lease of no time runs out at once");
    const own = writer();
    const ends = [...first.runs.map((run) => end(run, first.claim, 0.25)), end(taken, second.claim, 0.75)];
    expect(await Promise.all(ends.map((one) => own.write(one)))).toEqual([
      ...first.runs.map(({ id }) => id !== taken.id),
      true,
    ]);
    expect((await board()).map(({ score, submissions }) => [score, submissions])).toEqual([
      [0.75, 1],
      [0.25, 1],
      [0.25, 1],
    ]);
    expect(await stateOf(taken)).toEqual([["scored", 0.75]]);
    // Once more, by somebody who has not heard that it was done.
    expect(await own.write(end(taken, second.claim, 1))).toBe(false);
    expect((await board())[0]).toMatchObject({ score: 0.75, submissions: 1 });
  });

  test("keep none of the one that cannot be written, and all of its neighbours", async () => {
    for (let i = 0; i < 5; i++) await submitted(await addUser(scratch.db), NOW + i);
    const { claim, runs } = await claimed(5);
    const own = writer();
    const ends = runs.map((run, at) => own.write(end(run, claim, at === 2 ? Number.NaN : at / 5)));
    const settled = await Promise.allSettled(ends);
    expect(settled.map(({ status }) => status)).toEqual(
      [0, 1, 2, 3, 4].map((at) => (at === 2 ? "rejected" : "fulfilled")),
    );
    expect((await board()).map(({ score }) => score)).toEqual([0.8, 0.6, 0.2, 0]);
    const bad = runs[2];
    expect(bad && (await stateOf(bad))).toEqual([["scoring", null]]);
  });
});
