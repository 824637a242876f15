import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { databaseNamed, type ScratchDatabase, scratchDatabase } from "@medforge/db/testing";
import { addIdentity, addUser, newId } from "@medforge/db/testing-competitions";
import { packageVersion } from "@medforge/scoring";

import { unpackCases } from "../competitions/cases.ts";
import { type ImportedTiny, importTiny } from "../competitions/testing.ts";
import { TINY_MANIFEST } from "../scorer/testing.ts";
import type { WorkerSettings } from "./testing/score-worker.ts";
import { type StartedWorker, startWorker, until } from "./testing/start-worker.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const child = (name: string) => fileURLToPath(new URL(`../scorer/testing/${name}.ts`, import.meta.url));
const LEASE_MS = 400;

describe.if(databaseNamed)("the scoring worker", () => {
  let scratch: ScratchDatabase;
  let folder: string;
  let environment: Record<string, string>;
  let tiny: ImportedTiny;
  let user: string;
  const workers: StartedWorker[] = [];

  beforeAll(async () => {
    scratch = await scratchDatabase();
    folder = mkdtempSync(join(tmpdir(), "mf-score-"));
    environment = { DATABASE_URL: scratch.url, MEDFORGE_RUNTIME: "memory", MEDFORGE_STATE_DIR: folder };
  });
  afterAll(async () => {
    await scratch.drop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await scratch.clear();
    tiny = await importTiny(scratch.db, environment);
    user = await addUser(scratch.db);
  });
  afterEach(async () => {
    for (const one of workers.splice(0)) await one.kill();
  });

  function worker(settings: Partial<WorkerSettings> = {}): StartedWorker {
    const started = startWorker({ environment, leaseMs: LEASE_MS, ...settings });
    workers.push(started);
    return started;
  }

  const idle = async () => {
    const { queued, scoring } = await scratch.db.scoreRuns.queueState();
    return queued + scoring === 0;
  };
  const runOf = async (submissionId: string) => {
    const details = await scratch.db.submissions.byId(submissionId);
    if (details?.run == null) throw new Error("a submission has a run");
    return details.run;
  };
  const used = (userId = user) =>
    scratch.db.submissionDays.used({ competitionId: tiny.id, userId, day: "2026-01-02" });
  const bytesOf = async (submissionId: string) => {
    const run = await runOf(submissionId);
    const packed = await scratch.db.scoreRuns.casesOf(run.id);
    return JSON.stringify([run.score, run.components, run.warnings, packed && unpackCases(packed)]);
  };
  const board = async () =>
    (await scratch.db.boards.page(tiny.identityId, undefined, 200)).map(({ line }) => line);

  /** What a worker writes that nobody disturbs. */
  async function undisturbed(): Promise<string> {
    const other = await addUser(scratch.db);
    const { id } = await tiny.submit(other, [1, 0, 1, 0], NOW);
    const calm = worker();
    await until(idle);
    await calm.kill();
    return bytesOf(id);
  }

  /** A bad one, and what is submitted before and behind it: six and five, all right. @returns their ids, the bad one's first */
  async function crowd(labels: readonly number[]): Promise<[string, ...string[]]> {
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      ids.push((await tiny.submit(user, i === 6 ? labels : [1, 0, 1, 1], NOW + i)).id);
    }
    const [bad = ""] = ids.splice(6, 1);
    return [bad, ...ids];
  }

  test("a killed worker's submission is scored exactly once by the next, with the same bytes, and no cap is used or given back", async () => {
    const expected = await undisturbed();
    for (const [word, settings] of [
      ["computing", { program: child("slow-child") }],
      ["computed", { neverWrites: true }],
    ] as const) {
      const mine = await addUser(scratch.db);
      const { id } = await tiny.submit(mine, [1, 0, 1, 0], NOW);
      const first = worker(settings);
      await first.says(word);
      await first.kill();
      expect(await runOf(id)).toMatchObject({ state: "scoring", attempts: 1, score: null });
      const second = worker();
      await until(idle);
      await second.kill();
      expect(await runOf(id)).toMatchObject({ state: "scored", attempts: 2, score: 0.75 });
      expect(await bytesOf(id)).toBe(expected);
      expect((await scratch.db.scoreRuns.ofSubmission(id)).length).toBe(1);
      expect(
        (await board()).filter(({ userId }) => userId === mine).map(({ submissions }) => submissions),
      ).toEqual([1]);
      expect(await used(mine)).toBe(1);
    }
  });

  test("workers killed at any moment leave each submission with one end, and lines and caps that count the same ends", async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => addUser(scratch.db)));
    const all: { readonly id: string; readonly userId: string }[] = [];
    for (let i = 0; i < 60; i++) {
      const userId = users[i % 5] ?? "";
      const labels = [i & 1, (i >> 1) & 1, (i >> 2) & 1, (i >> 3) & 1];
      all.push({ userId, id: (await tiny.submit(userId, labels, NOW + i)).id });
    }
    for (let round = 0; round < 12; round++) {
      const victim = worker();
      await victim.says("computed");
      await Bun.sleep(6 * round);
      await victim.kill();
    }
    const last = worker();
    await until(idle);
    await last.kill();
    const scored = new Map(users.map((userId) => [userId, 0]));
    for (const { id, userId } of all) {
      expect((await scratch.db.scoreRuns.ofSubmission(id)).length).toBe(1);
      const run = await runOf(id);
      if (run.state === "scored") scored.set(userId, (scored.get(userId) ?? 0) + 1);
      // Held by whoever was killed three times in a row.
      else expect(run).toMatchObject({ state: "failed", attempts: 4, errorCode: "internal_error" });
    }
    const counted = new Map((await board()).map(({ userId, submissions }) => [userId, submissions]));
    expect(users.map((userId) => counted.get(userId))).toEqual(users.map((userId) => scored.get(userId)));
    for (const userId of users) expect(await used(userId)).toBe(scored.get(userId) ?? 0);
    expect(Math.min(...scored.values())).toBeGreaterThan(6);
  });

  test("one that brings three workers down is failed by the fourth, untried, and gives its cap back; the rest moves on", async () => {
    const bad = await tiny.submit(user, [1, 0, 1, 0], NOW);
    for (let attempt = 1; attempt <= 3; attempt++) {
      const victim = worker({ program: child("slow-child") });
      await victim.says("computing");
      expect(await runOf(bad.id)).toMatchObject({ state: "scoring", attempts: attempt });
      await victim.kill();
    }
    const good = await tiny.submit(user, [1, 0, 1, 1], NOW + 1);
    const last = worker();
    await until(idle);
    last.process.kill("SIGTERM");
    expect((await last.all()).split("computing").length - 1).toBe(1);
    expect(await runOf(bad.id)).toMatchObject({
      state: "failed",
      errorCode: "internal_error",
      score: null,
    });
    expect(await runOf(good.id)).toMatchObject({ state: "scored", score: 1 });
    expect(await used()).toBe(1);
  });

  test("two workers make a hundred runs of a hundred queued submissions, each once", async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => addUser(scratch.db)));
    const both = [worker(), worker()];
    await Promise.all(both.map((one) => one.says("ready")));
    for (let i = 0; i < 100; i++) {
      await tiny.submit(users[i % 10] ?? "", [i & 1, (i >> 1) & 1, (i >> 2) & 1, (i >> 3) & 1], NOW + i);
    }
    await until(idle);
    for (const one of both) one.process.kill("SIGTERM");
    const said = await Promise.all(both.map((one) => one.all()));
    const computed = said.map((text) => text.split("computed").length - 1);
    expect(computed.reduce((sum, n) => sum + n)).toBe(100);
    expect(Math.min(...computed)).toBeGreaterThan(0);
    const lines = await board();
    expect(lines.map(({ submissions }) => submissions)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(lines.length).toBe(10);
  });

  test("one that always crashes is failed after three attempts and gives its cap back; the rest moves on", async () => {
    const bad = await tiny.submit(user, [0, 0, 0, 0], NOW);
    const good = await tiny.submit(user, [1, 0, 1, 1], NOW + 1);
    expect(await used()).toBe(2);
    const one = worker({ program: child("picky-child") });
    await until(idle);
    await one.kill();
    expect(await runOf(bad.id)).toMatchObject({ state: "failed", attempts: 3, errorCode: "internal_error" });
    expect(await runOf(good.id)).toMatchObject({ state: "scored", attempts: 1, score: 1 });
    expect(await used()).toBe(1);
    // Asked for once more, and to no better end: its slot was given back already.
    await scratch.db.scoreRuns.queueAgain(bad.runId, NOW);
    const again = worker({ program: child("picky-child") });
    await until(idle);
    await again.kill();
    expect(await runOf(bad.id)).toMatchObject({ state: "failed", errorCode: "internal_error" });
    expect(await used()).toBe(1);
  });

  test("one that crashes while others are at hand is the only one that is counted for it", async () => {
    const [bad, ...good] = await crowd([0, 0, 0, 0]);
    const one = worker({ program: child("picky-child") });
    await one.says("computing", 12);
    await until(idle);
    one.process.kill("SIGTERM");
    // The first alone, and then all the others: their neighbour crashes while they are at hand.
    expect((await one.all()).split("computed")[1]?.split("computing").length).toBe(12);
    expect(await runOf(bad)).toMatchObject({ state: "failed", attempts: 3, errorCode: "internal_error" });
    for (const id of good) expect(await runOf(id)).toMatchObject({ state: "scored", attempts: 1, score: 1 });
    expect(await used()).toBe(good.length);
  });

  test("one that hangs while others are at hand is the only one that is failed for it", async () => {
    const [bad, ...good] = await crowd([0, 0, 0, 1]);
    const one = worker({ program: child("picky-child"), deadlineMs: 4_000 });
    await until(idle);
    await one.kill();
    expect(await runOf(bad)).toMatchObject({ state: "failed", attempts: 1, errorCode: "time_limit" });
    for (const id of good) expect(await runOf(id)).toMatchObject({ state: "scored", attempts: 1, score: 1 });
  });

  test("a worker that is told to stop gives back all that it has at hand, with no attempt counted", async () => {
    const [bad, ...good] = await crowd([0, 0, 0, 1]);
    const one = worker({ program: child("picky-child") });
    await one.says("computing", 12);
    await one.says("computed", 6);
    one.process.kill("SIGTERM");
    await one.process.exited;
    for (const id of [bad, ...good.slice(6)]) {
      expect(await runOf(id)).toMatchObject({ state: "queued", attempts: 0 });
    }
    for (const id of good.slice(0, 6))
      expect(await runOf(id)).toMatchObject({ state: "scored", attempts: 1 });
  });

  test("a worker that is killed with several at hand leaves them to the next, which scores each once", async () => {
    const [bad, ...good] = await crowd([0, 0, 0, 1]);
    const first = worker({ program: child("picky-child") });
    await first.says("computing", 12);
    await first.says("computed", 6);
    await first.kill();
    const second = worker();
    await until(idle);
    await second.kill();
    for (const id of [bad, ...good]) {
      expect((await scratch.db.scoreRuns.ofSubmission(id)).length).toBe(1);
      expect((await runOf(id)).state).toBe("scored");
    }
    for (const id of good.slice(6)) expect((await runOf(id)).attempts).toBe(2);
    expect((await board()).map(({ submissions }) => submissions)).toEqual([12]);
    expect(await used()).toBe(12);
  });

  test("one that hangs is `time_limit`, one that takes all memory is `memory_limit`, and both count", async () => {
    const hangs = await tiny.submit(user, [0, 0, 0, 1], NOW);
    const impatient = worker({ program: child("picky-child"), deadlineMs: 4_000 });
    await until(idle);
    await impatient.kill();
    const hogs = await tiny.submit(user, [0, 0, 1, 1], NOW + 1);
    const good = await tiny.submit(user, [1, 0, 1, 1], NOW + 2);
    // With time enough to take it all, however slow the machine is.
    const stingy = worker({ program: child("picky-child"), memoryBytesMax: 400 * 1024 ** 2 });
    await until(idle);
    await stingy.kill();
    expect(await runOf(hangs.id)).toMatchObject({ state: "failed", attempts: 1, errorCode: "time_limit" });
    expect(await runOf(hogs.id)).toMatchObject({ state: "failed", attempts: 1, errorCode: "memory_limit" });
    expect(await runOf(good.id)).toMatchObject({ state: "scored", score: 1 });
    expect(await used()).toBe(3);
  });

  test("a holdout that was changed scores nobody, and nobody is told why but the log", async () => {
    const { id } = await tiny.submit(user, [1, 0, 1, 1], NOW);
    writeFileSync(join(tiny.holdout, "holdout.csv"), "id,label\na,0\nb,0\nc,0\nd,0\n");
    const one = worker();
    await until(idle);
    one.process.kill("SIGTERM");
    const log = await one.all();
    expect(log).toContain("holdout_changed");
    expect(log).toContain(tiny.slug);
    const run = await runOf(id);
    expect(run).toMatchObject({ state: "failed", errorCode: "internal_error", score: null });
    expect(`${run.errorCode} ${run.errorDetail}`).not.toContain("holdout");
    expect(await board()).toEqual([]);
  });

  test("what cannot be scored says its fault and place in the submitter's own file, and not what it was held against", async () => {
    const { id } = await tiny.submit(user, [1, 0, 7, 1], NOW);
    const one = worker();
    await until(idle);
    await one.kill();
    expect(await runOf(id)).toMatchObject({
      state: "failed",
      errorCode: "value_out_of_range",
      errorDetail: 'row 4, column "label": A number is outside the range of its column.',
    });
  });

  test("one that is withdrawn while it waits gets its score, and no place on the board", async () => {
    const { id } = await tiny.submit(user, [1, 0, 1, 1], NOW);
    await scratch.db.transaction(async (tx) => {
      const submission = await tx.submissions.lock(id);
      await tx.submissions.withdraw(id, NOW);
      if (submission !== undefined) await tx.boards.withdrawn(submission, NOW);
    });
    const one = worker();
    await until(idle);
    await one.kill();
    expect((await runOf(id)).score).toBe(1);
    expect(await board()).toEqual([]);
  });

  test("equal scores stand in the order of their submissions, in whatever order they are scored, also after a re-score; 0 stands too", async () => {
    const people = await Promise.all(["a", "b", "c"].map((name) => addUser(scratch.db, name)));
    const [a = "", b = "", c = ""] = people;
    await tiny.submit(a, [1, 0, 1, 0], NOW + 2);
    await tiny.submit(b, [1, 0, 0, 1], NOW + 1);
    await tiny.submit(c, [0, 1, 0, 0], NOW);
    const one = worker();
    await until(idle);
    const expected = [
      [b, 0.75],
      [a, 0.75],
      [c, 0],
    ] as const;
    expect((await board()).map(({ userId, score }) => [userId, score] as const)).toEqual([...expected]);

    const next = await addIdentity(scratch.db, {
      slug: tiny.slug,
      manifest: TINY_MANIFEST,
      holdoutSha256: tiny.holdout.split("/").at(-1) ?? "",
      scorerVersion: packageVersion,
    });
    const all = await scratch.db.submissions.page({ competitionId: tiny.id }, undefined, 10);
    await scratch.db.transaction(async (tx) => {
      await tx.competitions.update(tiny.id, { targetIdentityId: next });
      // Queued in another order than they were submitted in.
      await tx.scoreRuns.queueAll(
        all
          .toSorted((x, y) => y.submission.createdAt - x.submission.createdAt)
          .map(({ submission }, at) => ({
            id: newId(),
            submissionId: submission.id,
            identityId: next,
            queuedAt: NOW + at,
          })),
      );
    });
    await until(idle);
    await one.kill();
    const rescored = await scratch.db.boards.page(next, undefined, 10);
    expect(rescored.map(({ line }) => [line.userId, line.score] as const)).toEqual([...expected]);
    expect((await scratch.db.competitions.bySlug(tiny.slug))?.boardIdentityId).toBe(next);
  });

  test("a worker that is told to stop gives back what it has not scored, with no attempt counted", async () => {
    const { id } = await tiny.submit(user, [1, 0, 1, 1], NOW);
    const one = worker({ program: child("slow-child") });
    await one.says("computing");
    one.process.kill("SIGTERM");
    await one.process.exited;
    expect(await runOf(id)).toMatchObject({ state: "queued", attempts: 0 });
  });
});
