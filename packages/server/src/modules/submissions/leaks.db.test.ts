import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { geometryOf, gzip, readNiftiHeader, writeNifti, writeZip } from "@medforge/scoring";

import { importBundle } from "../../competitions/import.ts";
import { bundlePlace, type Files, manifest } from "../../competitions/testing-bundle.ts";
import { runScoring } from "../../loops/score.ts";
import { type Chance, chanceFrom } from "../../simulation/chance.ts";
import { damagedArchive, damagedTable } from "./damage.testing.ts";
import { formOf, openChallenge, post, submissionsPath, type UploadHouse, uploadHouse } from "./testing.ts";

/** Issue 4: "10,000 generated bad files: no answer and no user-visible log contains a holdout id, value or path". */

const FILES = 10_000;
const CASES = 12;
const IDS = Array.from({ length: CASES }, (_, at) => `case-${at}`);
/** Numbers that nobody comes upon by chance, and neither does a program that computes with them. */
const VALUES = IDS.map((_, at) => `${731_551_907 + at * 7_919_431}`);
const RUNS = IDS.map((_, at) => `${481_516 + at * 2_342} ${10_133 + at}`);
const NOTE = "annotator-zqxjv";
/** Of a case that only the holdout has. */
const HIDDEN_ID = "hidden-case-7f3a";
const HOUR_MS = 3_600_000;
/** As many as two people may upload in an hour: one alone would be logged out before all are sent. */
const IN_AN_HOUR = 2 * 60;
const AT_ONCE = 20;

describe.if(databaseNamed)("whatever is submitted", () => {
  const place = bundlePlace();
  let house: UploadHouse;
  beforeAll(async () => {
    house = await uploadHouse();
  });
  afterAll(async () => {
    place.close();
    await house.close();
  });

  test("no answer, score or log says anything of a holdout", async () => {
    const chance = chanceFrom(4);
    const kinds = await challenges(house, place);
    const cookies = [(await house.signup()).cookie, (await house.signup()).cookie] as const;
    const stop = new AbortController();
    const worker = runScoring(house.deps, stop.signal);
    const told: string[] = [];
    const statuses = new Map<number, number>();
    for (let sent = 0; sent < FILES; sent += AT_ONCE) {
      if (sent % IN_AN_HOUR === 0) house.clock.advance(HOUR_MS);
      const cookie = cookies[(sent / AT_ONCE) % 2] ?? "";
      const files = Array.from({ length: Math.min(AT_ONCE, FILES - sent) }, (_, at) => {
        const kind = kinds[at % 4 === 0 ? 2 : at % 4 === 1 ? 1 : 0];
        if (kind === undefined) throw new Error("there are three kinds");
        return { slug: kind.slug, form: formOf(kind.damaged(chance), kind.name) };
      });
      for (const { status, text } of await Promise.all(
        files.map(({ slug, form }) => post(house, cookie, submissionsPath(slug), form)),
      )) {
        told.push(text);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    house.clock.advance(HOUR_MS);
    const unfit = await unfitHoldout(house);
    for (const tenth of [1, 2, 3]) {
      const form = formOf(csv("id,value", (at) => `${at}.${tenth}`));
      const { status, text } = await post(house, cookies[0], submissionsPath(unfit.slug), form);
      expect(status).toBe(201);
      told.push(text);
    }
    await allScored(house);
    stop.abort();
    await worker;
    for (const { slug } of [...kinds, unfit])
      for (const cookie of cookies) told.push(...(await allThatIsShown(house, cookie, slug)));

    // Both ways have been gone, many times, and a score as well as a failure was read.
    expect([...statuses.keys()].filter((status) => ![200, 201, 422].includes(status))).toEqual([]);
    expect(statuses.get(422) ?? 0).toBeGreaterThan(FILES / 4);
    expect(statuses.get(201) ?? 0).toBeGreaterThan(100);
    for (const state of ["scored", "failed"])
      expect(told.some((text) => text.includes(`"state":"${state}"`))).toBe(true);
    const values = [...VALUES, ...RUNS, NOTE, HIDDEN_ID];
    const hashes = kinds.map(({ holdoutSha256 }) => holdoutSha256);
    expect(found(told, [...values, ...hashes, house.folder, "holdouts/", "holdout.csv"])).toEqual([]);
    // The server's own log is for admins and names places; what is hidden is not in it either.
    expect(found(house.lines, values)).toEqual([]);
    // The search finds what is there: every answer was read, to its end.
    expect(found([...told, `{"detail":"expected ${VALUES.at(-1)}"}`], values)).toHaveLength(1);
  }, 600_000);
});

const csv = (header: string, cell: (at: number) => string) =>
  `${header}\n${IDS.map((id, at) => `${id},${cell(at)}\n`).join("")}`;

/** A holdout that fits the public ids no longer: only the scorer finds that out, and must not say with what. */
function unfitHoldout(house: UploadHouse): Promise<{ readonly slug: string }> {
  return openChallenge(house, {
    cap: 1_000,
    manifest: {
      task: "regression",
      classes: undefined,
      target_columns: ["value"],
      expected_rows: CASES + 1,
      metrics: [{ name: "rmse", primary: true, direction: "lower-is-better" }],
    },
    files: { "ids.csv": `id\n${IDS.join("\n")}\n` },
    holdout: `${csv("id,value", (at) => VALUES[at] ?? "")}${HIDDEN_ID},1\n`,
  });
}

/** Every answer that says something of a competition or of one's own submissions to it. */
async function allThatIsShown(house: UploadHouse, cookie: string, slug: string): Promise<string[]> {
  const texts: string[] = [];
  const get = async (path: string) => {
    const { status, text, body } = await house.request("GET", path, { cookie });
    expect([path, status]).toEqual([path, 200]);
    texts.push(text);
    return body;
  };
  const competition = `/api/v2/external/competitions/${slug}`;
  for (const tail of ["", "/public", "/leaderboard"]) await get(`${competition}${tail}`);
  for (let cursor: unknown = ""; cursor !== null; ) {
    const page = await get(
      `${submissionsPath(slug)}/me?limit=200${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    for (const { id } of page.data as { id: string }[]) await get(`${submissionsPath(slug)}/${id}`);
    cursor = page.meta?.next_cursor ?? null;
  }
  return texts;
}

function found(texts: readonly string[], secrets: readonly string[]): string[] {
  return texts.filter((text) => secrets.some((secret) => text.includes(secret)));
}

async function allScored(house: UploadHouse): Promise<void> {
  for (;;) {
    const { queued, scoring } = await house.db.scoreRuns.queueState();
    if (queued + scoring === 0) return;
    house.clock.advance(1_000);
    await Bun.sleep(5);
  }
}

interface Kind {
  readonly slug: string;
  readonly holdoutSha256: string;
  readonly name: string;
  damaged(chance: Chance): Uint8Array;
}

/** Real bundles: what an organiser imports is what must not get out. */
async function challenges(house: UploadHouse, place: ReturnType<typeof bundlePlace>): Promise<Kind[]> {
  const challenge = async (rules: Readonly<Record<string, unknown>>, files: Files) => {
    const limits = { expected_rows: CASES, submissions_per_day_max: 1_000 };
    const text = manifest({ ...limits, ...rules });
    const { competition, checked } = await importBundle(
      house.deps,
      place.bundle(files, { "competition.json": text }),
    );
    return { slug: competition.slug, holdoutSha256: checked.holdoutSha256 };
  };
  const best = { primary: true, direction: "higher-is-better" };
  const numbers = await challenge(
    {
      slug: "numbers",
      task: "regression",
      target_columns: ["value"],
      metrics: [{ name: "spearman", ...best }],
    },
    {
      "public/ids.csv": csv("id", () => "").replaceAll(",", ""),
      "holdout/holdout.csv": csv("id,value", (at) => VALUES[at] ?? ""),
      "sample_submission.csv": csv("id,value", (at) => `${(at * 7) % CASES}`),
    },
  );
  const runs = await challenge(
    { slug: "runs", task: "segmentation-rle", target_columns: ["rle"], metrics: [{ name: "dice", ...best }] },
    {
      "public/ids.csv": csv("id,width,height", () => "1000,1000"),
      "holdout/holdout.csv": csv("id,rle,width,height", (at) => `${RUNS[at]},1000,1000`),
      "sample_submission.csv": csv("id,rle", (at) => `${at + 1} 9`),
    },
  );
  const maskOf = (size: number) =>
    gzip(
      writeNifti({
        shape: [4, 4, 3],
        spacing: [1, 1, 2],
        voxels: Uint8Array.from({ length: 48 }, (_, at) => (at < size ? 1 : 0)),
      }),
    );
  const masksOf = async (size: number) =>
    Object.fromEntries(
      await Promise.all(IDS.map(async (id) => [`${id}.nii.gz`, await maskOf(size)] as const)),
    );
  const submitted = await masksOf(24);
  const geometry = geometryOf(await readNiftiHeader(await maskOf(1)));
  const masks = await challenge(
    {
      slug: "masks",
      task: "segmentation-nifti",
      metrics: [{ name: "dice", parameters: { label: 1 }, ...best }],
    },
    {
      "public/ids.csv": csv("id", () => "").replaceAll(",", ""),
      "public/geometry.json": JSON.stringify(Object.fromEntries(IDS.map((id) => [id, geometry]))),
      ...Object.fromEntries(
        Object.entries(await masksOf(20)).map(([name, bytes]) => [`holdout/${name}`, bytes]),
      ),
      "holdout/notes.txt": NOTE,
      "sample_submission.zip": writeZip(submitted),
    },
  );
  return [
    {
      ...numbers,
      name: "p.csv",
      damaged: (by) =>
        damagedTable(
          csv("id,value", (at) => `${at}`),
          by,
        ),
    },
    {
      ...runs,
      name: "p.csv",
      damaged: (by) =>
        damagedTable(
          csv("id,rle", (at) => `${at + 1} 9`),
          by,
        ),
    },
    { ...masks, name: "p.zip", damaged: (by) => damagedArchive(submitted, by) },
  ];
}
