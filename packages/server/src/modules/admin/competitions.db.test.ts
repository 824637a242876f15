import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { addCompetition, addIdentity } from "@medforge/db/testing-competitions";

import {
  bundlePlace,
  everyKind,
  type Files,
  LABELS,
  labels,
  manifest,
} from "../../competitions/testing-bundle.ts";
import { createScorer } from "../../scorer/scorer.ts";
import { type Answered, ORIGIN } from "../../testing.ts";
import { formOf, post, type UploadHouse, uploadHouse } from "../submissions/testing.ts";

const PATH = "/api/v2/admin/competitions";
/** A number that nobody comes upon by chance. */
const SECRET = "731551907";

describe.if(databaseNamed)("competitions, to an admin", () => {
  const place = bundlePlace();
  let house: UploadHouse;
  let root: { id: string; cookie: string };
  beforeAll(async () => {
    house = await uploadHouse();
  });
  beforeEach(async () => {
    await house.scratch?.clear();
    rmSync(house.folder, { recursive: true, force: true });
    root = await house.signup({ admin: true });
  });
  afterAll(async () => {
    place.close();
    await house.close();
  });

  const get = (path: string) => house.request("GET", path, { cookie: root.cookie });
  const send = (action: "" | "/check", ...files: readonly Files[]): Promise<Answered> =>
    post(house, root.cookie, `${PATH}${action}`, formOf(readFileSync(place.zip(...files)), "bundle.zip"));
  const competition = ({ body }: Answered) =>
    (body.data as { competition: Record<string, unknown> }).competition;
  const actions = async () =>
    (await house.db.audit.page({ actorId: root.id }, undefined, 50))
      .filter(({ action }) => action.startsWith("admin."))
      .map(({ action, detail }) => ({ action, detail }));
  /** Everything in the four folders, but for where work is done. */
  const kept = () =>
    Object.values(house.deps.config.folders).flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
        : [],
    );

  test("are listed by slug, those of both surfaces and retired ones, without their holdouts' hashes", async () => {
    const holdoutSha256 = "5".repeat(64);
    await addCompetition(house.db, { slug: "b-retired", holdoutSha256 });
    await addCompetition(house.db, { slug: "a-internal", exposure: "INTERNAL", holdoutSha256 });
    const moved = await addCompetition(house.db, { slug: "c-rescored", holdoutSha256 });
    const target = await addIdentity(house.db, { slug: moved.slug, metricVersions: "accuracy=accuracy-v2" });
    await house.db.competitions.update(moved.id, { targetIdentityId: target });
    const retired = await house.request("POST", `${PATH}/b-retired/retire`, { cookie: root.cookie });
    expect(retired.status).toBe(200);

    const first = await get(`${PATH}?limit=2`);
    expect(first.status).toBe(200);
    expect(first.body.data).toMatchObject([
      { slug: "a-internal", exposure: "INTERNAL", rescoring: false, retired_at: null },
      { slug: "b-retired", exposure: "EXTERNAL", retired_at: new Date(house.clock.now()).toISOString() },
    ]);
    const second = await get(`${PATH}?limit=2&cursor=${first.body.meta?.next_cursor}`);
    expect(second.body.data).toMatchObject([
      {
        slug: "c-rescored",
        rescoring: true,
        metric_versions: "accuracy=accuracy-v2",
        scorer_version: "test",
      },
    ]);
    expect(retired.text + first.text + second.text).not.toContain(holdoutSha256);
  });

  test("are tried out from a zip: the board is shown, and nothing is kept", async () => {
    const checked = await send("/check", labels);
    expect(checked.status).toBe(200);
    expect(checked.body.data).toMatchObject({
      slug: "tiny",
      task: "classification",
      cases: 4,
      board: [
        { rank: 1, entry: "perfect", score: 1 },
        { rank: 2, entry: "sample_submission", score: 0.25 },
      ],
    });
    expect(kept()).toEqual([]);
    expect(await house.db.competitions.bySlug("tiny")).toBeUndefined();
    expect(await actions()).toEqual([]);
  });

  test("are imported once, however often the same bundle is sent, and it is written down who did", async () => {
    const added = await send("", labels);
    expect(added.status).toBe(201);
    expect(added.body.data).toMatchObject({
      change: "added",
      competition: { slug: "tiny", rescoring: false },
    });
    const files = kept().sort();
    expect(files.length).toBeGreaterThan(2);
    house.clock.advance(1_000);
    const again = await send("", labels);
    expect(again.status).toBe(200);
    expect(again.body.data).toMatchObject({ change: "unchanged" });
    expect(competition(again)).toEqual(competition(added));
    expect(kept().sort()).toEqual(files);
    expect(await actions()).toEqual([
      { action: "admin.competition.import", detail: { slug: "tiny", change: "added" } },
    ]);

    const renamed = { "competition.json": manifest({ ...LABELS, title: "Tiny, second edition" }) };
    const changed = await send("", labels, renamed);
    expect([changed.status, changed.body.data]).toMatchObject([200, { change: "changed" }]);
    expect(competition(changed).title).toBe("Tiny, second edition");
  });

  test("that are retired open again with their bundle; one that is not there is not found", async () => {
    await send("", labels);
    const retire = (slug: string) => house.request("POST", `${PATH}/${slug}/retire`, { cookie: root.cookie });
    expect((await retire("tiny")).body.data).toMatchObject({ slug: "tiny", retired_at: expect.any(String) });
    expect((await retire("tiny")).status).toBe(200);
    expect((await retire("teeny")).body.code).toBe("not_found");
    expect(competition(await send("", labels)).retired_at).toBeNull();
  });

  test("with faults get all of them, each with its place, and nothing is kept", async () => {
    const faulty = {
      "competition.json": manifest({ ...LABELS, title: "", metrics: [{ name: "acuracy", primary: true }] }),
      "sample_submission.csv": null,
      "holdout/holdout.csv": null,
    };
    for (const action of ["", "/check"] as const) {
      const { status, body } = await send(action, labels, faulty);
      expect([status, body.code]).toEqual([422, "invalid_request"]);
      const places = (body.errors as { entry: string; path: string }[]).map(
        ({ entry, path }) => `${entry} ${path}`,
      );
      expect(places).toEqual(
        expect.arrayContaining([
          "competition.json title",
          "competition.json metrics[0].name",
          expect.stringContaining("sample_submission.csv"),
          expect.stringContaining("holdout"),
        ]),
      );
      expect(kept()).toEqual([]);
    }
  });

  test("that come as something else than a zip in a form are refused, and nothing is kept", async () => {
    const file = (content: string | Uint8Array) =>
      post(house, root.cookie, PATH, formOf(content, "bundle.zip"));
    const whole = readFileSync(place.zip(labels));
    const bad = [await file("no zip"), await file(""), await file(whole.subarray(0, whole.length / 2))];
    expect(bad.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      bad.map(() => "422 invalid_request"),
    );
    const cut = await house.app.handle(
      new Request(`${ORIGIN}${PATH}`, {
        method: "POST",
        headers: { cookie: root.cookie, "content-type": "multipart/form-data; boundary=x" },
        body: `--x\r\nContent-Disposition: form-data; name="file"; filename="b.zip"\r\n\r\n${SECRET}`,
      }),
    );
    expect(cut.status).toBe(400);
    const json = await house.request("POST", PATH, { cookie: root.cookie, body: {} });
    expect(json.body.code).toBe("unsupported_media_type");
    expect(kept()).toEqual([]);
  });

  test("that the scorer gives no answer about are nobody's fault: 503 with what to do, nothing kept, and nothing told of why", async () => {
    const program = join(place.root, "secret-program.ts");
    const broken = await uploadHouse({
      db: house.db,
      environment: { MEDFORGE_STATE_DIR: house.folder },
      replace: () => ({
        scorer: createScorer({ processes: 1, deadlineMs: 20_000, memoryBytesMax: 2 ** 31, program }),
      }),
    });
    for (const path of [`${PATH}/check`, PATH]) {
      const form = formOf(readFileSync(place.zip(labels)), "bundle.zip");
      const { status, body, headers, text } = await post(broken, root.cookie, path, form);
      expect([status, body.code]).toEqual([503, "runtime_unavailable"]);
      expect(body.detail).toContain("try again");
      expect(headers.get("retry-after")).toBe("30");
      expect(text).not.toContain("secret-program");
    }
    expect(kept()).toEqual([]);
    expect(broken.lines.join("")).toContain("exit code");
  });

  test("that a process left behind when it died are gone with the next upload, a day later", async () => {
    const left = join(house.deps.config.folders.holdouts, ".uploads", "left.zip");
    await Bun.write(left, SECRET);
    await send("/check", labels);
    expect(existsSync(left)).toBe(true);
    const longAgo = house.clock.now() / 1000 - 25 * 3_600;
    utimesSync(left, longAgo, longAgo);
    await send("/check", labels);
    expect(existsSync(left)).toBe(false);
  });

  test("keep their holdouts to themselves: no answer has a value, a hash or a path of one", async () => {
    const hidden = { "holdout/holdout.csv": `id,age\na,${SECRET}\nb,7\n` };
    const numbers = {
      ...everyKind.numbers,
      "public/ids.csv": "id\na\nb\n",
      "sample_submission.csv": "id,age\na,1\nb,1\n",
      ...hidden,
    };
    const told = [await send("/check", numbers), await send("", numbers)];
    expect(told.map(({ status }) => status)).toEqual([200, 201]);
    const sha256 = (
      await house.db.scoreIdentities.byId(
        (await house.db.competitions.bySlug("tiny"))?.targetIdentityId ?? "",
      )
    )?.holdoutSha256;
    told.push(
      await send("/check", numbers, { "holdout/holdout.csv": `id,age\na,${SECRET}x\nb,7\n` }),
      await send("/check", numbers, { "holdout/holdout.csv": `id,age\n${SECRET},1\nb,7\n` }),
      await send("/check", numbers, { "holdout/holdout.csv": `id,age\na,${SECRET}\na,${SECRET}\n` }),
      await send("", numbers, { "public/all.csv": `id,age\na,${SECRET}\nb,7\n` }),
      await send("", numbers, { "competition.json": "{" }),
      await get(PATH),
    );
    const texts = told.map(({ text }) => text).join("\n");
    expect(told.slice(2, -1).map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
    for (const secret of [SECRET, sha256 ?? "", house.folder, "holdouts/"])
      expect(texts).not.toContain(secret);
    expect(house.lines.join("")).not.toContain(SECRET);
    const { holdouts } = house.deps.config.folders;
    const open = readdirSync(holdouts, { recursive: true, encoding: "utf8" })
      .map((name) => join(holdouts, name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });
});
