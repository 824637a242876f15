import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { addUser, newId } from "@medforge/db/testing-competitions";
import { holdoutSha256 } from "@medforge/scoring";

import { evaluationFolder, holdoutFolder } from "../../competitions/folders.ts";
import { importBundle } from "../../competitions/import.ts";
import { bundlePlace, LABELS, labels, manifest } from "../../competitions/testing-bundle.ts";
import { openChallenge, type UploadHouse, uploadHouse } from "../submissions/testing.ts";

describe.if(databaseNamed)("competitions over HTTP", () => {
  let house: UploadHouse;
  let cookie: string;
  let userId: string;
  beforeAll(async () => {
    house = await uploadHouse();
    const user = await house.signup({ internal: true });
    cookie = user.cookie;
    userId = user.id;
  });
  afterAll(() => house.close());

  const get = (path: string, as = cookie) => house.request("GET", `/api/v2/${path}`, { cookie: as });
  const open = (wish: Parameters<typeof openChallenge>[1] = {}) =>
    openChallenge(house, {
      ...wish,
      files: {
        "sample_submission.csv": "id,label\na,0\nb,0\nc,0\nd,0\n",
        "inputs/é 1.txt": "input",
        ...wish.files,
      },
    });
  async function identityOf(slug: string) {
    const competition = await house.db.competitions.bySlug(slug);
    const identity = await house.db.scoreIdentities.byId(competition?.targetIdentityId ?? "");
    if (identity === undefined) throw new Error("no identity");
    return identity;
  }

  test("are listed on their surface by slug with their metric and the size of their board", async () => {
    const one = await open();
    const two = await open({ cap: 3 });
    const inside = await open({ exposure: "INTERNAL" });
    for (const [score, submissions] of [
      [0.5, 1],
      [0.75, 2],
    ] as const) {
      for (let i = 0; i < submissions; i++) {
        const entry = { userId: await addUser(house.db), submissionId: newId(), score, submittedAt: i };
        await house.db.boards.enter(one.identityId, "higher-is-better", entry, 1);
      }
    }
    const listed = (await get("external/competitions")).body.data as { readonly slug: string }[];
    expect(listed.map(({ slug }) => slug)).toEqual([one.slug, two.slug].sort());
    expect(listed.find(({ slug }) => slug === one.slug)).toMatchObject({
      task: "tabular",
      primary_metric: { key: "accuracy", primary: true, direction: "higher-is-better", unit: "1" },
      board: { users: 3, submissions: 3 },
      submissions_per_day_max: 20,
    });
    expect(listed.find(({ slug }) => slug === two.slug)).toMatchObject({
      board: { users: 0, submissions: 0 },
      submissions_per_day_max: 3,
    });
    expect((await get("internal/competitions")).body.data).toMatchObject([{ slug: inside.slug }]);
  });

  test("say their rules, their metrics with definitions, and what is left of the caller's day", async () => {
    const { slug, id } = await open({
      cap: 2,
      manifest: {
        metrics: [
          { name: "accuracy", primary: true, direction: "higher-is-better" },
          { name: "mcc", key: "correlation" },
        ],
        labels_publicly_known: true,
        displayed_decimals: 3,
      },
    });
    const details = async () =>
      (await get(`external/competitions/${slug}`)).body.data as Record<string, unknown>;
    expect(await details()).toMatchObject({
      slug,
      description: "Four rows.",
      metrics: [
        {
          key: "accuracy",
          primary: true,
          definition: expect.stringMatching(/\w{4}/),
          version: "accuracy-v1",
        },
        { key: "correlation", name: "mcc", primary: false, source: expect.stringMatching(/\w{4}/) },
      ],
      id_column: "id",
      target_columns: ["label"],
      classes: 2,
      labels_publicly_known: true,
      displayed_decimals: 3,
      limits: { file_bytes_max: expect.any(Number) },
      remaining_today: 2,
      resets_at: "2026-01-03T00:00:00.000Z",
      sample_submission: { name: "sample_submission.csv", bytes: 25 },
      ids: { name: "ids.csv", bytes: 11 },
      retired_at: null,
    });
    await house.db.submissionDays.lock({ competitionId: id, userId, day: "2026-01-02" });
    await house.db.submissionDays.use({ competitionId: id, userId, day: "2026-01-02" });
    expect(await details()).toMatchObject({ remaining_today: 1 });
    await house.db.competitions.update(id, { retiredAt: house.clock.now() });
    expect(await details()).toMatchObject({ remaining_today: 0, retired_at: "2026-01-02T03:04:05.678Z" });
  });

  test("never say anything of the holdout after an import: no hash, no size, no path", async () => {
    const place = bundlePlace();
    try {
      const holdout = labels["holdout/holdout.csv"];
      const pinned = await holdoutSha256([{ name: "holdout.csv", content: Buffer.from(String(holdout)) }]);
      const rules = { ...LABELS, slug: "pinned", holdout_sha256: pinned };
      await importBundle(house.deps, place.bundle(labels, { "competition.json": manifest(rules) }));
      const { holdoutSha256: hidden, manifestSha256 } = await identityOf("pinned");
      expect(hidden).toBe(pinned);
      const listed = (await get("external/competitions/pinned/public")).body.data as {
        readonly name: string;
      }[];
      const names = listed.map(({ name }) => name);
      expect(names).toEqual(["competition.json", "ids.csv", "sample_submission.csv"]);
      for (const path of ["", "/public", ...names.map((name) => `/public/${name}`)]) {
        const { status, text } = await get(`external/competitions/pinned${path}`);
        expect(status).toBe(200);
        for (const secret of [pinned, manifestSha256, "holdout", house.folder]) {
          expect(text).not.toContain(secret);
        }
      }
    } finally {
      place.close();
    }
  });

  test("hand out their public files by name, to be saved and not to be shown", async () => {
    const { slug } = await open();
    const listed = await get(`external/competitions/${slug}/public`);
    expect(listed.body.data).toEqual([
      { name: "ids.csv", bytes: 11 },
      { name: "inputs/é 1.txt", bytes: 5 },
      { name: "sample_submission.csv", bytes: 25 },
    ]);
    const page = await get(`external/competitions/${slug}/public?limit=2`);
    const rest = await get(`external/competitions/${slug}/public?cursor=${page.body.meta?.next_cursor}`);
    expect(rest.body.data).toMatchObject([{ name: "sample_submission.csv" }]);
    const file = await get(`external/competitions/${slug}/public/${encodeURIComponent("inputs/é 1.txt")}`);
    expect(file.text).toBe("input");
    expect(file.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''%C3%A9%201.txt");
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
  });

  test("follow no path out of the public folder, and no link in it", async () => {
    const { slug } = await open();
    const { publicSha256, holdoutSha256 } = await identityOf(slug);
    const folder = evaluationFolder(house.deps.config.folders, slug, publicSha256);
    const hidden = join(holdoutFolder(house.deps.config.folders, slug, holdoutSha256), "holdout.csv");
    mkdirSync(join(folder, "linked"));
    symlinkSync(hidden, join(folder, "linked/holdout.csv"));
    symlinkSync(dirname(hidden), join(folder, "folder"));
    for (const name of [
      "linked/holdout.csv",
      "folder/holdout.csv",
      `../../../holdouts/${slug}/${holdoutSha256}/holdout.csv`,
      "inputs/../ids.csv",
      "./ids.csv",
      hidden,
      "ids.csv\u0000",
      "inputs",
      "",
    ]) {
      const { status, text } = await get(`external/competitions/${slug}/public/${encodeURIComponent(name)}`);
      // An empty name is the listing.
      expect(`${name} ${status}`).toBe(`${name} ${name === "" ? 200 : 404}`);
      expect(text).not.toContain("a,1");
    }
  });

  test("of the other surface are not there, and the internal ones ask for the right", async () => {
    const outside = await open();
    const inside = await open({ exposure: "INTERNAL" });
    const member = (await house.signup()).cookie;
    for (const rest of ["", "/public", "/public/ids.csv"]) {
      expect((await get(`external/competitions/${inside.slug}${rest}`)).status).toBe(404);
      expect((await get(`internal/competitions/${outside.slug}${rest}`)).status).toBe(404);
      const refused = await get(`internal/competitions/${inside.slug}${rest}`, member);
      expect(refused.body.code).toBe("internal_access_required");
      expect((await get(`internal/competitions/${inside.slug}${rest}`)).status).toBe(200);
      expect((await get(`external/competitions/${outside.slug}${rest}`, member)).status).toBe(200);
    }
  });
});
