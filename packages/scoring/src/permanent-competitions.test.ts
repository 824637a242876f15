import { describe, expect, test } from "bun:test";

import { buildKernels } from "../build-kernels.ts";
import { parseManifest } from "./competition.ts";
import { writeNifti } from "./images/write-nifti.ts";
import { precheck, score } from "./score.ts";
import { writeZip } from "./tables/write-zip.ts";
import { text } from "./testing/manifest.ts";

await buildKernels();

/** The competitions that MedForge always has, on made-up cases: manifest, check and score fit together. */

const higher = { primary: true, direction: "higher-is-better" } as const;

function manifestFrom(change: object) {
  const read = parseManifest(
    JSON.stringify({
      title: "T",
      description: "D",
      exposure: "external",
      evaluation_split_version: "v1",
      submissions_per_day_max: 20,
      ...change,
    }),
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.value;
}

test("titanic-survival: accuracy of PassengerId,Survived; labels publicly known", async () => {
  const manifest = manifestFrom({
    slug: "titanic-survival",
    dataset_slug: "titanic-kaggle",
    task: "classification",
    classes: 2,
    id_column: "PassengerId",
    target_columns: ["Survived"],
    expected_rows: 4,
    labels_publicly_known: true,
    metrics: [{ name: "accuracy", ...higher }],
  });
  expect(manifest.labelsPubliclyKnown).toBe(true);
  const file = text("PassengerId,Survived\n892,0\n893,1\n894,0\n895,0\n");
  expect((await precheck(manifest, { ids: ["892", "893", "894", "895"] }, file)).ok).toBe(true);
  const hidden = { table: text("PassengerId,Survived\n892,0\n893,1\n894,1\n895,0\n") };
  expect((await score(manifest, hidden, file)).primary).toMatchObject({ value: 0.75, perCase: [1, 1, 0, 1] });
});

describe("rsna-pneumonia-detection", () => {
  const setting = {
    slug: "rsna-pneumonia-detection",
    dataset_slug: "rsna-pneumonia-detection-challenge",
    task: "detection",
    id_column: "patientId",
    target_columns: ["confidence", "x", "y", "width", "height"],
    expected_rows: 5,
    submissions_per_day_max: 10,
  };
  // p1 has two boxes; p2 to p4 none.
  const hidden = {
    table: text("patientId,x,y,width,height\np1,0,0,100,100\np1,200,0,100,100\np2,,,,\np3,,,,\np4,,,,\n"),
  };
  const head = "patientId,confidence,x,y,width,height\n";
  // One box found exactly; one false alarm in p2; nothing said about p3 and p4.
  const file = text(`${head}p1,0.9,0,0,100,100\np2,0.4,5,5,50,50\np3,,,,,\np4,,,,,\n`);

  test("map_iou-v2 is the default; the manifest says what an image counts that is empty on both sides", async () => {
    const value = async (rule: object) => {
      const manifest = manifestFrom({ ...setting, ...rule, metrics: [{ name: "map_iou", ...higher }] });
      expect(manifest.metrics[0]?.version).toBe("map_iou-v2");
      expect((await precheck(manifest, { ids: ["p1", "p2", "p3", "p4"] }, file)).faults).toEqual([]);
      return (await score(manifest, hidden, file)).primary;
    };
    // p1: one of two found: 1/2 at every threshold. p2: 0.
    expect(await value({})).toMatchObject({ value: 0.25, perCase: [0.5, 0, null, null] });
    expect(await value({ empty_cases: "leave-out" })).toMatchObject({ value: 0.25 });
    expect(await value({ empty_cases: "perfect" })).toMatchObject({ value: 0.625, perCase: [0.5, 0, 1, 1] });
    expect(await value({ empty_cases: "zero" })).toMatchObject({ value: 0.125, perCase: [0.5, 0, 0, 0] });
  });

  test("map_iou-v1 takes IoU ≥ t and gives 1 to every image without boxes", async () => {
    const metrics = [{ name: "map_iou", version: "map_iou-v1", ...higher }];
    const manifest = manifestFrom({ ...setting, metrics });
    expect((await score(manifest, hidden, file)).primary.value).toBe((0.5 + 1 + 1 + 1) / 4);
    const narrow = text(`${head}p1,0.9,0,0,100,40\np2,,,,,\np3,,,,,\np4,,,,,\n`);
    // IoU is exactly 0.4: one of eight thresholds, of two boxes.
    expect((await score(manifest, hidden, narrow)).primary.perCase?.[0]).toBe(0.5 / 8);
    const strict = manifestFrom({ ...setting, metrics: [{ name: "map_iou", ...higher }] });
    expect((await score(strict, hidden, narrow)).primary.perCase?.[0]).toBe(0);
  });

  test("an image has many rows, or one with five empty fields, or is missing", async () => {
    const manifest = manifestFrom({ ...setting, metrics: [{ name: "map_iou", ...higher }] });
    const codes = async (rows: string) =>
      (await precheck(manifest, { ids: ["p1", "p2"] }, text(head + rows))).faults.map(({ code }) => code);
    expect(await codes("p1,0.9,0,0,1,1\np1,0.8,5,5,1,1\np2,,,,,\n")).toEqual([]);
    expect(await codes("p1,0.9,0,0,1,1\n")).toEqual(["id_missing"]);
    expect(await codes("p1,0.9,0,0,1,\np2,,,,,\n")).toEqual(["value_not_box"]);
    expect(await codes("p1,0.9,0,0,1,1\np2,,,,,\np2,0.1,0,0,1,1\n")).toEqual(["value_not_box"]);
  });
});

test("cifar-100-classification: accuracy of image_id,label from 0 to 99", async () => {
  const manifest = manifestFrom({
    slug: "cifar-100-classification",
    dataset_slug: "cifar-100",
    task: "classification",
    classes: 100,
    id_column: "image_id",
    target_columns: ["label"],
    expected_rows: 3,
    labels_publicly_known: true,
    metrics: [{ name: "accuracy", ...higher }],
  });
  const check = async (rows: string) =>
    (await precheck(manifest, { ids: ["0", "1", "2"] }, text(`image_id,label\n${rows}`))).faults.map(
      ({ code, where }) => `${code} ${where.row}`,
    );
  expect(await check("0,0\n1,99\n2,50\n")).toEqual([]);
  expect(await check("0,100\n1,-1\n2,07\n")).toEqual([
    "value_out_of_range 2",
    "value_out_of_range 3",
    "value_not_number 4",
  ]);
  const hidden = { table: text("image_id,label\n0,0\n1,99\n2,51\n") };
  expect((await score(manifest, hidden, text("image_id,label\n2,50\n1,99\n0,0\n"))).primary.value).toBe(
    2 / 3,
  );
});

test("oxford-pet-segmentation: mean IoU of run-length masks, 1-based and row-major", async () => {
  const manifest = manifestFrom({
    slug: "oxford-pet-segmentation",
    exposure: "internal",
    dataset_slug: "oxford-iiit-pet",
    task: "segmentation-rle",
    id_column: "image_id",
    target_columns: ["rle_mask"],
    expected_rows: 2,
    metrics: [
      { name: "iou", key: "mean_iou", ...higher },
      { name: "dice", key: "mean_dice" },
    ],
  });
  // Abyssinian_1 is 4 wide and 3 high: row-major, so that 5 4 is its whole second row.
  const hidden = { table: text("image_id,rle_mask,width,height\nAbyssinian_1,5 4,4,3\npug_2,1 1 4 1,2,2\n") };
  const ids = ["Abyssinian_1", "pug_2"];
  const sizes = [
    { width: 4, height: 3 },
    { width: 2, height: 2 },
  ];
  const file = text("image_id,rle_mask\nAbyssinian_1,5 2 9 2\npug_2,1 1 4 1\n");
  expect((await precheck(manifest, { ids, sizes }, file)).ok).toBe(true);
  const { primary, components } = await score(manifest, hidden, file);
  expect(primary).toMatchObject({
    key: "mean_iou",
    name: "iou",
    perCase: [2 / 6, 1],
    value: (2 / 6 + 1) / 2,
  });
  expect(components[1]?.value).toBe((4 / 8 + 1) / 2);
});

test("phantom-lesion-segmentation: mean lesion Dice, NSD at 2 mm, HD95 and lesion-wise F1 of NIfTI masks", async () => {
  const lesion = { label: 2 };
  const manifest = manifestFrom({
    slug: "phantom-lesion-segmentation",
    exposure: "internal",
    dataset_slug: "phantom-lesion",
    task: "segmentation-nifti",
    id_column: "case",
    labels: [1, 2],
    expected_rows: 2,
    owners_see_cases: true,
    metrics: [
      { name: "dice", key: "lesion_dice", parameters: lesion, ...higher },
      { name: "nsd", key: "lesion_nsd_2mm", parameters: { ...lesion, tolerance_mm: 2 } },
      { name: "hd95", key: "lesion_hd95", parameters: lesion },
      { name: "lesion-f1", parameters: lesion },
    ],
  });
  const shape = [10, 8, 6];
  const spacing = [0.9, 0.9, 3];
  const image = (lesions: readonly number[]) => {
    const voxels = new Uint8Array(480).fill(1, 80, 400);
    for (const at of lesions) voxels[at] = 2;
    return writeNifti({ voxels, shape, spacing });
  };
  const cases: Readonly<Record<string, Uint8Array>> = {
    "case-01": image([100, 101, 250]),
    "case-02": image([]),
  };
  const holdout = { ids: Object.keys(cases), read: async (id: string) => cases[id] ?? new Uint8Array() };
  const zip = writeZip({ "case-01.nii": image([100, 101]), "case-02.nii": image([]) });
  // As NIfTI's header stores it.
  const stored = spacing.map(Math.fround);
  const affine = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((at) => (row !== at ? 0 : (stored[row] ?? 1))));
  const geometry = holdout.ids.map(() => ({ shape, spacing: stored, affine }));
  const checked = await precheck(manifest, { ids: holdout.ids, geometry }, zip);
  expect(checked).toMatchObject({ ok: true, faults: [], entries: 2 });
  const { primary, components } = await score(manifest, holdout, zip);
  // Two of three lesion voxels; one of two lesions, and no false one. The second case has none on either side.
  expect(primary.perCase).toEqual([4 / 5, 1]);
  expect(components.map(({ perCase }) => perCase?.[1])).toEqual([1, 1, 0, 1]);
  expect(components[3]?.perCase?.[0]).toBeCloseTo(2 / 3, 15);
  expect(components.map(({ unit }) => unit)).toEqual(["1", "1", "mm", "1"]);
});
