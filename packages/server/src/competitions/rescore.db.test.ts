import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Leaderboard } from "@medforge/contracts/leaderboard";
import { databaseNamed } from "@medforge/db/testing";
import { addUser, newId } from "@medforge/db/testing-competitions";
import { packageVersion } from "@medforge/scoring";

import { runScoring } from "../loops/score.ts";
import { type House, testHouse } from "../testing.ts";
import { exportBoard } from "./export-board.ts";
import { rescore } from "./rescore.ts";
import { type ImportedTiny, importTiny } from "./testing.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const OLD = "0.0.9";

describe.if(databaseNamed)("a re-score", () => {
  let house: House;
  let folder: string;
  let admin: { id: string; cookie: string };
  let tiny: ImportedTiny;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mf-rescore-"));
    house = await testHouse({ environment: { MEDFORGE_STATE_DIR: folder } });
  });
  afterAll(async () => {
    await house.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    await house.scratch?.clear();
    admin = await house.signup({ admin: true });
    const environment = { DATABASE_URL: "mysql://test", MEDFORGE_STATE_DIR: folder };
    tiny = await importTiny(house.db, environment, { slug: "tiny", scorerVersion: OLD });
  });

  /** As an earlier version of the scorer left it: everything scored, and differently. */
  async function scoredBefore(score: number): Promise<string> {
    const userId = await addUser(house.db, `scored ${score}`);
    const { id, runId } = await tiny.submit(userId, [1, 0, 1, 0], NOW);
    await house.db.transaction(async (tx) => {
      const claim = newId();
      await tx.scoreRuns.claim({ claim, runsMax: 1, leaseMs: 1000, scorerVersion: OLD });
      const result = { score, components: [], perCase: null, warnings: [] };
      expect(await tx.scoreRuns.scored({ id: runId }, claim, result, NOW)).toBe(true);
      const entry = { userId, submissionId: id, score, submittedAt: NOW };
      await tx.boards.enter(tiny.identityId, "higher-is-better", entry, NOW);
    });
    return id;
  }

  /** A worker, until nothing is left that it could take. */
  async function work(): Promise<void> {
    const stop = new AbortController();
    const rhythm = { leaseMs: 60_000, idleMs: 10, claimMs: 250, putOffMs: [10, 10] } as const;
    const working = runScoring(house.deps, stop.signal, rhythm);
    while ((await house.db.scoreRuns.queueState()).queued > 0) await Bun.sleep(10);
    while ((await house.db.scoreRuns.queueState()).scoring > held) await Bun.sleep(10);
    stop.abort();
    await working;
  }
  let held = 0;

  const board = async () => {
    const path = "/api/v2/external/competitions/tiny/leaderboard";
    const { body } = await house.request("GET", path, { cookie: admin.cookie });
    const { lines, rescoring } = body.data as Leaderboard;
    return { scores: lines.map(({ score }) => score), rescoring };
  };
  const ask = (body: object) =>
    house.request("POST", "/api/v2/admin/competitions/tiny/rescore", { cookie: admin.cookie, body });

  test("shows the old board until the last submission has its new score, then the new one at once", async () => {
    for (const score of [0.5, 0.25, 0.125]) await scoredBefore(score);
    const asked = await ask({});
    expect(asked).toMatchObject({ status: 202, body: { data: { queued: 3, new_versions: true } } });
    // Somebody else holds one of them.
    const claim = newId();
    const wish = { claim, runsMax: 1, leaseMs: 60_000, scorerVersion: packageVersion };
    const [theirs] = await house.db.transaction((tx) => tx.scoreRuns.claim(wish));
    held = 1;
    await work();
    expect(await board()).toEqual({ scores: [0.5, 0.25, 0.125], rescoring: true });
    if (theirs === undefined) throw new Error("one was claimed");
    await house.db.scoreRuns.giveBack(theirs, claim);
    held = 0;
    await work();
    expect(await board()).toEqual({ scores: [0.75, 0.75, 0.75], rescoring: false });
    expect(await rescore(house.deps, "tiny")).toEqual({ queued: 0, newVersions: false });
    const kept = await house.db.boards.page(tiny.identityId, undefined, 10);
    expect(kept.map(({ line }) => line.score)).toEqual([0.5, 0.25, 0.125]);
  });

  test("of a competition that nobody has submitted to switches at once", async () => {
    expect(await rescore(house.deps, "tiny")).toEqual({ queued: 0, newVersions: true });
    expect(await board()).toEqual({ scores: [], rescoring: false });
  });

  test("of named submissions asks for those alone, and not across versions", async () => {
    const first = await scoredBefore(0.5);
    expect(await ask({ submissions: [first] })).toMatchObject({
      status: 409,
      body: { code: "state_conflict" },
    });
    await rescore(house.deps, "tiny");
    await work();
    expect((await ask({ submissions: [first] })).body.data).toEqual({ queued: 0, new_versions: false });
    expect(await ask({ submissions: [newId()] })).toMatchObject({ status: 404 });
    const run = (await house.db.submissions.byId(first))?.run;
    expect(run).toMatchObject({ state: "scored", score: 0.75 });
  });

  test("tries again what failed through our fault, and not what failed through the submitter's", async () => {
    await rescore(house.deps, "tiny");
    const user = await addUser(house.db);
    const identityId = (await house.db.boards.shown("tiny"))?.identityId ?? "";
    const codes = ["internal_error", "time_limit", "id_missing"];
    for (const code of codes) {
      const { id } = await tiny.submit(user, [1, 0, 1, 1], NOW);
      const runId = newId();
      await house.db.scoreRuns.queue({ id: runId, submissionId: id, identityId, queuedAt: NOW });
      const claim = newId();
      const wish = { claim, runsMax: 1, leaseMs: 60_000, scorerVersion: packageVersion };
      await house.db.transaction((tx) => tx.scoreRuns.claim(wish));
      await house.db.scoreRuns.failed({ id: runId }, claim, { code, detail: "" }, NOW);
    }
    expect(await rescore(house.deps, "tiny")).toEqual({ queued: 2, newVersions: false });
    expect((await ask({})).status).toBe(202);
    expect(
      (
        await house.request("POST", "/api/v2/admin/competitions/none/rescore", {
          cookie: admin.cookie,
          body: {},
        })
      ).status,
    ).toBe(404);
  });

  test("an exported board is the same bytes each time, with their SHA-256, exact scores and no holdout's hash", async () => {
    for (const score of [1 / 3, 0.25]) await scoredBefore(score);
    const once = await exportBoard(house.deps, "tiny");
    expect(await exportBoard(house.deps, "tiny")).toEqual(once);
    expect(once.sha256).toBe(createHash("sha256").update(once.json).digest("hex"));
    const { body } = await house.request("GET", "/api/v2/admin/competitions/tiny/board", {
      cookie: admin.cookie,
    });
    expect(body.data).toEqual({ ...once });
    expect(JSON.parse(once.json)).toMatchObject({
      competition: "tiny",
      evaluation_split: "v1",
      scorer_version: OLD,
      statistics: null,
      lines: [
        { rank: 1, score: 1 / 3 },
        { rank: 2, score: 0.25 },
      ],
    });
    expect(once.json).not.toContain(tiny.holdout.split("/").at(-1) ?? "");
  });
});
