import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { gunzip, parseManifest, precheck, readMask, score } from "@medforge/scoring";
import { readHoldout, readManifest, readPublicIds } from "@medforge/scoring/cli/bundle";

import { permanentCompetitions } from "./catalogue.ts";
import type { Permanent } from "./permanent.ts";
import { type PrepareOptions, prepareBundle } from "./prepare.ts";
import { smallSources, writeFiles } from "./testing.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "medforge-prepare-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function permanent(slug: string): Permanent {
  const found = permanentCompetitions[slug];
  if (found === undefined) throw new Error(slug);
  return found;
}

/** Prepares from the small made-up source; `change` replaces files of it, null removes one. */
async function prepared(
  slug: string,
  name: string,
  change: Readonly<Record<string, string | Uint8Array | null>> = {},
  options: Partial<PrepareOptions> = {},
): Promise<string> {
  const to = join(scratch, slug, name);
  const files = { ...smallSources[slug]?.(), ...change };
  const kept = Object.entries(files).flatMap(([file, content]) =>
    content === null ? [] : [[file, content]],
  );
  const from = await writeFiles(join(scratch, slug, `${name}-source`), Object.fromEntries(kept));
  await prepareBundle(permanent(slug), { to, from, part: true, ...options });
  return to;
}

/** Every file of a folder: its bytes by name. */
async function bytesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const entries = files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, "hex")]);
  return Object.fromEntries(await Promise.all(entries));
}

const text = (file: string) => readFile(file, "utf8");

/** The bundle's own sample submission, checked and scored as the server would. */
async function scoreSample(bundle: string) {
  const manifest = await readManifest(bundle);
  const file = join(bundle, `sample_submission.${manifest.task === "segmentation-nifti" ? "zip" : "csv"}`);
  const bytes = new Uint8Array(await readFile(file));
  const publicIds = await readPublicIds(manifest, join(bundle, "public"));
  const checked = await precheck(manifest, publicIds, bytes);
  expect(checked.faults).toEqual([]);
  return (await score(manifest, await readHoldout(manifest, bundle), bytes, { engine: "plain" })).primary
    .value;
}

test("every permanent competition has a manifest that holds, under the name of its folder", async () => {
  expect(Object.keys(permanentCompetitions).sort()).toEqual([
    "cifar-100-classification",
    "oxford-pet-segmentation",
    "phantom-lesion-segmentation",
    "rsna-pneumonia-detection",
    "titanic-survival",
  ]);
  for (const [slug, { folder }] of Object.entries(permanentCompetitions)) {
    const read = parseManifest(await text(join(folder, "competition.json")));
    if (!read.ok) throw new Error(`${slug}: ${JSON.stringify(read.faults)}`);
    expect(read.value.slug).toBe(slug);
    const dataset = JSON.parse(await text(join(folder, "dataset.json")));
    expect(dataset.slug).toBe(read.value.datasetSlug);
  }
});

describe.each(Object.keys(permanentCompetitions))("%s", (slug) => {
  test("the same files give the same bytes, and the sample submission is valid and has a score", async () => {
    const first = await prepared(slug, "first");
    expect(await bytesIn(await prepared(slug, "second"))).toEqual(await bytesIn(first));
    // Again into the same folder.
    expect(await bytesIn(await prepared(slug, "second"))).toEqual(await bytesIn(first));
    const value = await scoreSample(first);
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(1);
  });

  test("no label of the holdout is in any other file of the bundle", async () => {
    const files = await bytesIn(await prepared(slug, "leak"));
    const hidden = Object.entries(files).filter(([name]) => name.startsWith("holdout/"));
    const shown = Object.entries(files).filter(([name]) => !name.startsWith("holdout/"));
    const lines = hidden.flatMap(([name, hex]) =>
      name.endsWith(".csv") ? Buffer.from(hex, "hex").toString().trim().split("\n").slice(1) : [],
    );
    for (const [name, hex] of shown) {
      for (const [, secret] of hidden) expect([name, hex.includes(secret)]).toEqual([name, false]);
      // A sample of guesses is sometimes right.
      if (name.startsWith("sample")) continue;
      const rows = Buffer.from(hex, "hex").toString().split("\n");
      for (const line of lines) expect([name, rows.includes(line)]).toEqual([name, false]);
    }
  });
});

test("titanic: training and evaluation share no passenger, and only the training has labels", async () => {
  const bundle = await prepared("titanic-survival", "split");
  const rows = async (name: string) => (await text(join(bundle, name))).trim().split("\n");
  const [train, evaluation] = [await rows("dataset/files/train.csv"), await rows("dataset/files/test.csv")];
  expect([train.length - 1, evaluation.length - 1]).toEqual([21, 19]);
  expect(evaluation[0]).not.toContain("Survived");
  const ids = [...train.slice(1), ...evaluation.slice(1)].map((row) => row.split(",")[0]);
  expect(new Set(ids).size).toBe(40);
  expect((await rows("public/ids.csv")).slice(1)).toEqual(
    evaluation.slice(1).map((row) => row.split(",")[0] ?? ""),
  );
});

test("rsna: an image without boxes has one row of five empty fields, and images go to their own side", async () => {
  const bundle = await prepared("rsna-pneumonia-detection", "rows");
  const ids = (await text(join(bundle, "public/ids.csv"))).trim().split("\n").slice(1);
  expect(ids).toHaveLength(3);
  expect((await readdir(join(bundle, "dataset/files/test_images"))).sort()).toEqual(
    ids.map((id) => `${id}.dcm`).sort(),
  );
  expect(await readdir(join(bundle, "dataset/files/train_images"))).toHaveLength(21);
  const holdout = await text(join(bundle, "holdout/holdout.csv"));
  // One patient of each third: no box, one, two.
  expect(holdout.trim().split("\n")).toHaveLength(1 + 0 + 1 + 1 + 2);
  expect(holdout).toMatch(/^patient-\d+,,,,$/m);
});

test("cifar-100: what participants get of the test images is their pixels", async () => {
  const bundle = await prepared("cifar-100-classification", "pixels");
  const pixels = await readFile(join(bundle, "dataset/files/test_images.bin"));
  const source = smallSources["cifar-100-classification"]?.()["test.bin"] as Uint8Array;
  expect(pixels.length).toBe(5 * 3072);
  expect(pixels.subarray(3072, 6144).equals(source.subarray(3074 + 2, 2 * 3074))).toBe(true);
  // 17 times the number of the image: smallCifar.
  expect(await text(join(bundle, "holdout/holdout.csv"))).toBe(
    "image_id,label\n0,0\n1,17\n2,34\n3,51\n4,68\n",
  );
});

test("oxford-pet: a trimap becomes runs of pet and border, 1-based and row by row", async () => {
  const bundle = await prepared("oxford-pet-segmentation", "runs");
  const rows = (await text(join(bundle, "holdout/holdout.csv"))).trim().split("\n");
  // trimapPng(14, 11): columns 2–8 of rows 1–6, from pixel 14 · 1 + 2 + 1.
  expect(rows[1]).toBe("Abyssinian_100,17 7 31 7 45 7 59 7 73 7 87 7,14,11");
  expect(await text(join(bundle, "public/ids.csv"))).toContain("Abyssinian_100,14,11\n");
});

test("phantom: 24 scans of anisotropic spacing with 0 to 6 lesions each, the last 16 held out", async () => {
  const bundle = await prepared("phantom-lesion-segmentation", "scans");
  const files = await readdir(join(bundle, "dataset/files"), { recursive: true });
  expect(files.filter((name) => /images\/case-\d\d\.nii\.gz$/.test(name))).toHaveLength(24);
  expect(files.filter((name) => name.startsWith("train/labels/case"))).toHaveLength(8);
  const masks = (await readdir(join(bundle, "holdout"))).sort();
  expect([masks.length, masks[0], masks.at(-1)]).toEqual([16, "case-09.nii.gz", "case-24.nii.gz"]);
  for (const name of masks) {
    const bytes = new Uint8Array(await readFile(join(bundle, "holdout", name)));
    const { labels, spacing } = await readMask(await gunzip(bytes, { bytesMax: 1e7 }));
    expect(spacing[2]).toBeGreaterThan(1.8 * (spacing[0] ?? 0));
    expect(labels.includes(1)).toBe(true);
    expect(labels.every((label) => label <= 2)).toBe(true);
  }
});

test("files of another shape are refused with the place, and no bundle appears", async () => {
  const boxes = (row: string) => ({
    "stage_2_train_labels.csv": `patientId,x,y,width,height,Target\n${row}\n`,
  });
  const table: [slug: string, change: Record<string, string | Uint8Array | null>, says: string][] = [
    ["titanic-survival", { "test.csv": null }, "test.csv is missing"],
    [
      "titanic-survival",
      { "train.csv": "PassengerId,Survived\n1,1\n" },
      "csv_header_missing|required column",
    ],
    ["rsna-pneumonia-detection", boxes("p,1,1,5,5,0"), "row 2: Target 1 has a box"],
    ["rsna-pneumonia-detection", boxes("p,,,,,1"), "row 2: Target 1 has a box"],
    ["rsna-pneumonia-detection", boxes("p,1000,1,50,5,1"), "row 2: Target 1 has a box"],
    ["rsna-pneumonia-detection", boxes("p,1,1,5,5,1\np,,,,,0"), "row 3: a patient without a box"],
    ["rsna-pneumonia-detection", boxes("../p,1,1,5,5,1"), "row 2: not an id"],
    [
      "rsna-pneumonia-detection",
      { "stage_2_train_images/patient-03.dcm": null },
      "patient-03.dcm is missing",
    ],
    ["cifar-100-classification", { "test.bin": new Uint8Array(3073) }, "not records of 3074"],
    ["cifar-100-classification", { "test.bin": new Uint8Array(3074).fill(100, 1, 2) }, "test.bin, record 0"],
    ["cifar-100-classification", { "fine_label_names.txt": "one\n" }, "1 names, not 100"],
    [
      "oxford-pet-segmentation",
      { "annotations/test.txt": "../secret 1 1 1\n" },
      "not a name and three numbers",
    ],
    ["oxford-pet-segmentation", { "annotations/test.txt": "pug_2 1 1 1\n" }, "occurs twice"],
    ["oxford-pet-segmentation", { "annotations/trimaps/pug_9.png": "no PNG" }, "pug_9.png is not a PNG"],
  ];
  for (const [at, [slug, change, says]] of table.entries()) {
    await expect(prepared(slug, `bad-${at}`, change)).rejects.toThrow(new RegExp(says));
    expect(await readdir(join(scratch, slug))).not.toContain(`bad-${at}`);
  }
});

test("less than the source has is refused unless a part will do", async () => {
  const whole = prepared("titanic-survival", "whole", {}, { part: false });
  await expect(whole).rejects.toThrow("40 passengers in train.csv, and the source has 891");
});

test("a folder with something else in it is left alone, and the source is not replaced by the bundle", async () => {
  const other = await prepared("cifar-100-classification", "other");
  const before = await bytesIn(other);
  await expect(prepareBundle(permanent("titanic-survival"), { to: other, madeUp: true })).rejects.toThrow(
    "something else",
  );
  await expect(
    prepareBundle(permanent("cifar-100-classification"), { to: other, from: join(other, "dataset/files") }),
  ).rejects.toThrow("keep them apart");
  expect(await bytesIn(other)).toEqual(before);
});

test("made-up passengers say so, and fill Kaggle's form to the full", async () => {
  const to = join(scratch, "made-up");
  const { holdoutRows } = await prepareBundle(permanent("titanic-survival"), { to, madeUp: true });
  expect(holdoutRows).toBe(418);
  expect(await text(join(to, "competition.json"))).toContain("made-up passengers");
  expect(await text(join(to, "dataset/dataset.json"))).toContain("made up");
  await expect(
    prepareBundle(permanent("rsna-pneumonia-detection"), { to: join(scratch, "x"), madeUp: true }),
  ).rejects.toThrow("needs the files of its source");
});
