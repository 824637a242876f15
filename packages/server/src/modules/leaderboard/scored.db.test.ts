import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Leaderboard } from "@medforge/contracts/leaderboard";
import type { Submission, SubmissionReceipt } from "@medforge/contracts/submissions";
import { databaseNamed } from "@medforge/db/testing";

import { runScoring } from "../../loops/score.ts";
import {
  formOf,
  openChallenge,
  post,
  submissionsPath,
  type UploadHouse,
  uploadHouse,
} from "../submissions/testing.ts";

/** From an upload to a place on the board, or to none, by the worker's own loop. */

const IDS = ["a", "b", "c", "d"];
const table = (values: readonly number[]) =>
  `id,value\n${values.map((value, at) => `${IDS[at]},${value}\n`).join("")}`;
const HIDDEN = [1, 2, 3, 4];
const off = (by: number) => table(HIDDEN.map((value) => value + by));

describe.if(databaseNamed)("a board of real scores", () => {
  let house: UploadHouse;
  beforeAll(async () => {
    house = await uploadHouse();
  });
  afterAll(() => house.close());

  const open = (metric: string, direction: string) =>
    openChallenge(house, {
      manifest: {
        task: "regression",
        classes: undefined,
        target_columns: ["value"],
        metrics: [{ name: metric, primary: true, direction }],
      },
      holdout: table(HIDDEN),
    });

  async function submit(cookie: string, slug: string, file: string): Promise<string> {
    house.clock.advance(1_000);
    const { status, text, body } = await post(house, cookie, submissionsPath(slug), formOf(file));
    if (status !== 201) throw new Error(text);
    return (body.data as SubmissionReceipt).submission.id;
  }

  async function scoreAll(): Promise<void> {
    const stop = new AbortController();
    const working = runScoring(house.deps, stop.signal);
    for (let waits = true; waits; ) {
      house.clock.advance(1_000);
      await Bun.sleep(5);
      const { queued, scoring } = await house.db.scoreRuns.queueState();
      waits = queued + scoring > 0;
    }
    stop.abort();
    await working;
  }

  async function boardOf(cookie: string, slug: string): Promise<Leaderboard> {
    const path = `/api/v2/external/competitions/${slug}/leaderboard`;
    return (await house.request("GET", path, { cookie })).body.data as Leaderboard;
  }

  test("where lower is better has 0 first, of equal errors the earlier submission, and after a withdrawal the next lowest", async () => {
    const { slug } = await open("mae", "lower-is-better");
    const [ada, bob, cyd] = [await house.signup(), await house.signup(), await house.signup()];
    for (const error of [2, 3]) await submit(ada.cookie, slug, off(error));
    const best = await submit(ada.cookie, slug, off(1));
    await submit(bob.cookie, slug, off(-1));
    await submit(cyd.cookie, slug, off(0));
    await scoreAll();
    const shown = async () =>
      (await boardOf(ada.cookie, slug)).lines.map(({ rank, score, is_me, submissions }) => [
        rank,
        score,
        is_me,
        submissions,
      ]);
    expect(await shown()).toEqual([
      [1, 0, false, 1],
      [2, 1, true, 3],
      [3, 1, false, 1],
    ]);
    await house.request("POST", `${submissionsPath(slug)}/${best}/withdraw`, { cookie: ada.cookie });
    expect(await shown()).toEqual([
      [1, 0, false, 1],
      [2, 1, false, 1],
      [3, 2, true, 2],
    ]);
  });

  test("has no place for a score that is no number: its submission failed, says why, and counts for its day", async () => {
    const { slug, id: competitionId } = await open("pearson", "higher-is-better");
    const [dan, eve] = [await house.signup(), await house.signup()];
    // A correlation with something constant is 0 divided by 0.
    const constant = await submit(dan.cookie, slug, table([5, 5, 5, 5]));
    await submit(eve.cookie, slug, table([4, 3, 2, 1]));
    await scoreAll();
    const { lines, me } = await boardOf(dan.cookie, slug);
    expect(lines.map(({ rank, score }) => [rank, score])).toEqual([[1, -1]]);
    expect(me).toBeNull();
    const own = await house.request("GET", `${submissionsPath(slug)}/${constant}`, { cookie: dan.cookie });
    expect(own.body.data as unknown as Submission).toMatchObject({
      state: "failed",
      score: null,
      error: { code: "score_not_finite" },
    });
    const day = { competitionId, userId: dan.id, day: "2026-01-02" };
    expect(await house.db.submissionDays.used(day)).toBe(1);
  });
});
