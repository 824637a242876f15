import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { SubmissionReceipt as Receipt } from "@medforge/contracts/submissions";
import { databaseNamed } from "@medforge/db/testing";
import { packageVersion } from "@medforge/scoring";

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

type Person = Awaited<ReturnType<UploadHouse["signup"]>>;

describe.if(databaseNamed)("a submission", () => {
  let house: UploadHouse;
  let ada: Person;
  beforeAll(async () => {
    house = await uploadHouse();
    ada = await house.signup();
  });
  afterAll(() => house.close());

  /** What a worker does, with scores of our choice: each queued submission gets its own, all others wait on. */
  async function score(
    scores: Readonly<Record<string, number>>,
    perCase: Uint8Array | null = null,
  ): Promise<void> {
    const claim = crypto.randomUUID();
    const at = house.clock.now();
    await house.db.transaction(async (tx) => {
      const wish = { claim, leaseMs: 60_000, runsMax: 1_000, scorerVersion: packageVersion };
      for (const run of await tx.scoreRuns.claim(wish)) {
        const value = scores[run.submission.id];
        if (value === undefined) {
          await tx.scoreRuns.giveBack(run, claim);
          continue;
        }
        const { id: submissionId, userId, createdAt: submittedAt } = run.submission;
        const component = { key: "accuracy", name: "accuracy", version: "accuracy-v1", unit: "1", value };
        const components = [{ ...component, direction: "higher-is-better" }];
        const warnings = [{ code: "value_empty", message: "A value is missing.", where: { row: 3 } }];
        await tx.scoreRuns.scored(run, claim, { score: value, components, perCase, warnings }, at);
        const entry = { userId, submissionId, score: value, submittedAt };
        await tx.boards.enter(run.identityId, "higher-is-better", entry, at);
      }
    });
  }

  async function submitted(who: Person, slug: string, content: string): Promise<string> {
    const answered = await post(house, who.cookie, submissionsPath(slug), formOf(content));
    if (answered.status !== 201) throw new Error(answered.text);
    return (answered.body.data as Receipt).submission.id;
  }
  const get = (who: Person, path: string) => house.request("GET", path, { cookie: who.cookie });

  test("is queued once its bytes are kept under a name of ours", async () => {
    const { slug } = await openChallenge(house);
    const answered = await post(
      house,
      ada.cookie,
      submissionsPath(slug),
      formOf(csvOf("1011"), "best ü.csv"),
    );
    expect(answered.status).toBe(201);
    const data = answered.body.data as Record<string, unknown>;
    expect(data).toEqual({
      submission: {
        id: expect.any(String),
        competition: slug,
        file_name: "best ü.csv",
        file_bytes: 25,
        file_sha256: new Bun.CryptoHasher("sha256").update(csvOf("1011")).digest("hex"),
        state: "queued",
        queue_position: 1,
        score: null,
        components: [],
        warnings: [],
        error: null,
        created_at: new Date(house.clock.now()).toISOString(),
        scored_at: null,
        withdrawn_at: null,
      },
      identical_to: null,
      daily_cap: 20,
      remaining_today: 19,
      resets_at: "2026-01-03T00:00:00.000Z",
    });
    const { id } = data.submission as { id: string };
    expect(filesKept(house)).toEqual([`${id.slice(24, 26)}/${id}`]);
  });

  test("of the same bytes is told which one it is identical to, with its score, and uses nothing up", async () => {
    const { slug } = await openChallenge(house, { cap: 2 });
    const id = await submitted(ada, slug, csvOf("1001"));
    await score({ [id]: 0.75 });
    const kept = filesKept(house);
    const again = await post(
      house,
      ada.cookie,
      submissionsPath(slug),
      formOf(csvOf("1001"), "other-name.csv"),
    );
    expect(again.status).toBe(200);
    expect(again.body.data).toMatchObject({
      identical_to: id,
      submission: { id, file_name: "mine.csv", state: "scored", score: 0.75 },
      remaining_today: 1,
    });
    expect(filesKept(house)).toEqual(kept);
    const bob = await house.signup();
    expect(await submitted(bob, slug, csvOf("1001"))).not.toBe(id);
    await house.request("POST", `${submissionsPath(slug)}/${id}/withdraw`, { cookie: ada.cookie });
    expect(await submitted(ada, slug, csvOf("1001"))).not.toBe(id);
  });

  test("that was lost to a fault of the platform's may be sent again, and its slot is free again", async () => {
    const { slug, id: competitionId } = await openChallenge(house, { cap: 1 });
    const id = await submitted(ada, slug, csvOf("1000"));
    await house.db.transaction(async (tx) => {
      const claim = crypto.randomUUID();
      const wish = { claim, leaseMs: 60_000, runsMax: 1_000, scorerVersion: packageVersion };
      for (const run of await tx.scoreRuns.claim(wish)) {
        if (run.submission.id !== id) await tx.scoreRuns.giveBack(run, claim);
        else
          await tx.scoreRuns.failed(
            run,
            claim,
            { code: "internal_error", detail: "Ours." },
            house.clock.now(),
          );
      }
      await tx.submissionDays.giveBack({ competitionId, userId: ada.id, day: "2026-01-02" });
    });
    const failed = await get(ada, `${submissionsPath(slug)}/${id}`);
    expect(failed.body.data).toMatchObject({
      state: "failed",
      error: { code: "internal_error", detail: "Ours." },
      score: null,
    });
    expect(await submitted(ada, slug, csvOf("1000"))).not.toBe(id);
  });

  test("is seen and fetched by its owner on the surface of its competition, and by nobody else anywhere", async () => {
    const inside = await house.signup({ internal: true });
    const { slug } = await openChallenge(house, { exposure: "INTERNAL" });
    const [path, outside] = [submissionsPath(slug, "internal"), submissionsPath(slug)];
    const form = () => formOf(csvOf("0000"), 'it\'s (a) "test" ü.csv');
    expect((await post(house, inside.cookie, outside, form())).status).toBe(404);
    expect((await post(house, ada.cookie, path, form())).body.code).toBe("internal_access_required");
    const answered = await post(house, inside.cookie, path, form());
    expect(answered.status).toBe(201);
    const { id } = (answered.body.data as Receipt).submission;
    expect((await get(inside, `${path}/${id}`)).body.data).toMatchObject({
      id,
      state: "queued",
      cases: null,
    });
    const file = await house.send("GET", `${path}/${id}/file`, { cookie: inside.cookie });
    expect(await file.text()).toBe(csvOf("0000"));
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
    expect(file.headers.get("content-disposition")).toStartWith(
      "attachment; filename*=UTF-8''it%27s%20%28a%29",
    );
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");

    const other = await house.signup({ internal: true });
    const { slug: elsewhere } = await openChallenge(house, { exposure: "INTERNAL" });
    const admin = await house.signup({ admin: true });
    for (const [who, at] of [
      [inside, outside],
      [inside, submissionsPath(elsewhere, "internal")],
      [other, path],
      [admin, path],
    ] as const) {
      for (const end of ["", "/file"]) expect((await get(who, `${at}/${id}${end}`)).status).toBe(404);
      const withdrawn = await house.request("POST", `${at}/${id}/withdraw`, { cookie: who.cookie });
      expect(withdrawn.status).toBe(404);
    }
    expect((await get(inside, `${outside}/me`)).status).toBe(404);
    expect((await get(other, `${path}/me`)).body.data).toEqual([]);
  });

  test("to a competition that has ended, or that there is not, is refused unread", async () => {
    const { id, slug } = await openChallenge(house);
    const earlier = await submitted(ada, slug, csvOf("0001"));
    await house.db.competitions.update(id, { retiredAt: house.clock.now() });
    const kept = filesKept(house);
    const refused = await post(house, ada.cookie, submissionsPath(slug), formOf(csvOf("0010")));
    expect(refused.body).toMatchObject({ status: 409, code: "state_conflict" });
    const nowhere = await post(house, ada.cookie, submissionsPath("no-such"), formOf(csvOf("0010")));
    expect(nowhere.status).toBe(404);
    expect(filesKept(house)).toEqual(kept);
    expect((await get(ada, `${submissionsPath(slug)}/${earlier}`)).status).toBe(200);
  });

  test("stands in its owner's list, newest first, page by page, with its place in the queue", async () => {
    const { slug } = await openChallenge(house);
    const ids: string[] = [];
    for (const labels of ["0000", "0001", "0010", "0011", "0100"]) {
      house.clock.advance(1_000);
      ids.unshift(await submitted(ada, slug, csvOf(labels)));
    }
    await submitted(await house.signup(), slug, csvOf("0000"));
    const seen: { id: string; queue_position: number }[] = [];
    let cursor = "";
    for (let pages = 0; pages < 3; pages++) {
      const page = await get(ada, `${submissionsPath(slug)}/me?limit=2${cursor}`);
      seen.push(...(page.body.data as typeof seen));
      cursor = `&cursor=${page.body.meta?.next_cursor}`;
      expect(page.body.meta?.has_more).toBe(pages < 2);
    }
    expect(seen.map(({ id }) => id)).toEqual(ids);
    const places = seen.map((one) => one.queue_position);
    expect(places).toEqual([...places].sort((a, b) => b - a));
    expect(new Set(places).size).toBe(5);
  });

  test("that is withdrawn leaves the board at once to the next best, and stays to be seen", async () => {
    const { slug, identityId } = await openChallenge(house);
    const good = await submitted(ada, slug, csvOf("1011"));
    const fair = await submitted(ada, slug, csvOf("1010"));
    await score({ [good]: 1, [fair]: 0.75 });
    const line = async () => (await house.db.boards.lineOf(identityId, ada.id))?.line;
    expect(await line()).toMatchObject({ submissionId: good, score: 1, submissions: 2 });
    const path = `${submissionsPath(slug)}/${good}/withdraw`;
    const withdrawn = await house.request("POST", path, { cookie: ada.cookie });
    expect(withdrawn.body.data).toMatchObject({
      id: good,
      score: 1,
      withdrawn_at: "2026-01-02T03:04:10.678Z",
    });
    expect(await line()).toMatchObject({ submissionId: fair, score: 0.75, submissions: 1 });
    house.clock.advance(1_000);
    const again = await house.request("POST", path, { cookie: ada.cookie });
    expect(again.body.data).toMatchObject({ withdrawn_at: "2026-01-02T03:04:10.678Z" });
    await house.request("POST", `${submissionsPath(slug)}/${fair}/withdraw`, { cookie: ada.cookie });
    expect(await line()).toBeUndefined();
    expect((await get(ada, `${submissionsPath(slug)}/me`)).body.data).toHaveLength(2);
  });

  test("shows its values per case only where the competition opens them to the owner", async () => {
    const cases = { ids: ["a", "b", "c", "d"], values: { accuracy: [1, 0, null, 1] } };
    const packed = Bun.gzipSync(Buffer.from(JSON.stringify(cases)));
    for (const open of [false, true]) {
      const { slug } = await openChallenge(house, { manifest: { owners_see_cases: open } });
      const id = await submitted(ada, slug, csvOf("1111"));
      await score({ [id]: 0.5 }, packed);
      const { data } = (await get(ada, `${submissionsPath(slug)}/${id}`)).body;
      expect(data).toMatchObject({
        state: "scored",
        score: 0.5,
        queue_position: null,
        components: [{ key: "accuracy", value: 0.5, version: "accuracy-v1" }],
        warnings: [{ code: "value_empty", message: "row 3: A value is missing." }],
        cases: open ? cases : null,
      });
    }
  });

  test("is found by admins among everybody's, and asked for once more where it failed", async () => {
    const { slug } = await openChallenge(house);
    const admin = await house.signup({ admin: true });
    const ids = [
      await submitted(ada, slug, csvOf("1100")),
      await submitted(await house.signup(), slug, csvOf("1100")),
    ];
    const list = async (more: string) => {
      const page = await get(admin, `/api/v2/admin/submissions?competition=${slug}${more}`);
      return (page.body.data as { id: string }[]).map(({ id }) => id);
    };
    expect((await list("")).sort()).toEqual([...ids].sort());
    const [first = ""] = ids;
    const again = () =>
      house.request("POST", `/api/v2/admin/submissions/${first}/score`, { cookie: admin.cookie });
    await house.db.transaction(async (tx) => {
      const claim = crypto.randomUUID();
      const wish = { claim, leaseMs: 60_000, runsMax: 1_000, scorerVersion: packageVersion };
      for (const run of await tx.scoreRuns.claim(wish)) {
        if (run.submission.id !== first) await tx.scoreRuns.giveBack(run, claim);
        else await tx.scoreRuns.failed(run, claim, { code: "time_limit", detail: "" }, house.clock.now());
      }
    });
    expect(await list("&status=failed")).toEqual([first]);
    expect((await again()).body.data).toMatchObject({
      id: first,
      user_id: ada.id,
      state: "queued",
      error: null,
    });
    expect(await list("&status=failed")).toEqual([]);
    await score({ [first]: 0.25 });
    expect((await again()).body.data).toMatchObject({ state: "scored", score: 0.25 });
    expect(
      (await house.db.audit.page({}, undefined, 5)).some(
        ({ action, target }) => action === "admin.submission.score" && target === first,
      ),
    ).toBe(true);
    const nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    expect(
      (await house.request("POST", `/api/v2/admin/submissions/${nobody}/score`, { cookie: admin.cookie }))
        .status,
    ).toBe(404);
    expect((await get(ada, "/api/v2/admin/submissions")).status).toBe(403);
  });
});
