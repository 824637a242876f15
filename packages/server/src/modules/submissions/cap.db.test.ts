import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { SubmissionReceipt as Receipt } from "@medforge/contracts/submissions";
import { databaseNamed } from "@medforge/db/testing";

import {
  csvOf,
  filesKept,
  formOf,
  openChallenge,
  post,
  submissionsPath,
  type UploadHouse,
  uploadHouse,
} from "./testing.ts";

describe.if(databaseNamed)("the daily cap", () => {
  let house: UploadHouse;
  beforeAll(async () => {
    house = await uploadHouse();
  });
  afterAll(() => house.close());

  /** Sixteen different files that are all in order. */
  const labels = (n: number) =>
    csvOf((n % 16).toString(2).padStart(4, "0")).replaceAll("\n", n < 16 ? "\n" : "\r\n");
  const send = async (cookie: string, slug: string, n: number) =>
    post(house, cookie, submissionsPath(slug), formOf(labels(n)));

  test("lets one of twenty posts at once through when one is left, on a new day and later in it", async () => {
    for (const used of [0, 1]) {
      const { cookie } = await house.signup();
      const { slug } = await openChallenge(house, { cap: used + 1 });
      if (used === 1) expect((await send(cookie, slug, 20)).status).toBe(201);
      const kept = filesKept(house).length;
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(cookie, slug, n)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 429)]);
      for (const { status, headers, body } of answers.filter((one) => one.status === 429)) {
        expect({ status, code: body.code }).toEqual({ status: 429, code: "daily_cap_reached" });
        expect(headers.get("retry-after")).toBe("75355");
        expect(body.detail).toContain("2026-01-03T00:00:00.000Z");
      }
      expect(filesKept(house).length).toBe(kept + 1);
    }
  });

  test("counts the same bytes twenty times at once as one", async () => {
    const { cookie } = await house.signup();
    const { slug } = await openChallenge(house, { cap: 5 });
    const kept = filesKept(house).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(cookie, slug, 3)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ]);
    const ids = answers.map(({ body }) => (body.data as Receipt).submission.id);
    expect(new Set(ids).size).toBe(1);
    expect(filesKept(house).length).toBe(kept + 1);
    expect((await send(cookie, slug, 4)).body.data).toMatchObject({ remaining_today: 3 });
  });

  test("is of UTC days: a tenth of a second before midnight and a tenth after are two of them", async () => {
    const midnight = Date.UTC(2026, 0, 3);
    house.clock.advance(midnight - 100 - house.clock.now());
    const { cookie, id: userId } = await house.signup();
    const { slug, id: competitionId } = await openChallenge(house, { cap: 1 });
    const before = await send(cookie, slug, 1);
    expect(before.status).toBe(201);
    expect(before.body.data).toMatchObject({
      submission: { created_at: "2026-01-02T23:59:59.900Z" },
      remaining_today: 0,
      resets_at: "2026-01-03T00:00:00.000Z",
    });
    const refused = await send(cookie, slug, 2);
    expect(refused.headers.get("retry-after")).toBe("1");
    house.clock.advance(200);
    const after = await send(cookie, slug, 2);
    expect(after.status).toBe(201);
    expect(after.body.data).toMatchObject({
      submission: { created_at: "2026-01-03T00:00:00.100Z" },
      remaining_today: 0,
      resets_at: "2026-01-04T00:00:00.000Z",
    });
    for (const [day, used] of [
      ["2026-01-02", 1],
      ["2026-01-03", 1],
      ["2026-01-04", 0],
    ] as const)
      expect(await house.db.submissionDays.used({ competitionId, userId, day })).toBe(used);
  });

  test("is a user's own in each competition", async () => {
    const [ada, bob] = [await house.signup(), await house.signup()];
    const [one, two] = [await openChallenge(house, { cap: 1 }), await openChallenge(house, { cap: 1 })];
    for (const { cookie } of [ada, bob])
      for (const { slug } of [one, two]) expect((await send(cookie, slug, 1)).status).toBe(201);
    expect((await send(ada.cookie, one.slug, 2)).body.code).toBe("daily_cap_reached");
  });

  test("counts no file with faults; those are limited by the hour, across restarts", async () => {
    const { cookie } = await house.signup();
    const { slug } = await openChallenge(house, { cap: 2 });
    const bad = () => post(house, cookie, submissionsPath(slug), formOf("id,label\n"));
    for (let n = 0; n < 59; n++) expect((await bad()).body.code).toBe("submission_invalid");
    expect((await send(cookie, slug, 1)).body.data).toMatchObject({ remaining_today: 1 });
    const limited = await bad();
    expect(limited.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(limited.headers.get("retry-after")).toBe("3600");
    const restarted = await uploadHouse({ db: house.db });
    restarted.clock.advance(house.clock.now() - restarted.clock.now());
    const still = await post(restarted, cookie, submissionsPath(slug), formOf("id,label\n"));
    expect(still.body.code).toBe("rate_limited");
    await restarted.close();
    house.clock.advance(3_600_000);
    expect((await bad()).body.code).toBe("submission_invalid");
  });
});
