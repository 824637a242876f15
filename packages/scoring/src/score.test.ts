import { describe, expect, test } from "bun:test";

import { buildKernels } from "../build-kernels.ts";
import type { Manifest } from "./competition.ts";
import { ScoringError } from "./errors.ts";
import { gzip } from "./images/gzip.ts";
import { writeNifti } from "./images/write-nifti.ts";
import { type Holdout, type PublicIds, precheck, score } from "./score.ts";
import { writeZip } from "./tables/write-zip.ts";
import { manifestOf, text } from "./testing/manifest.ts";
import { packageVersion } from "./version.ts";

await buildKernels();

const higher = { primary: true, direction: "higher-is-better" } as const;
const lower = { primary: true, direction: "lower-is-better" } as const;

async function faultsOf(
  manifest: Manifest,
  holdout: Holdout,
  publicIds: PublicIds,
  file: Uint8Array,
): Promise<string[]> {
  const checked = await precheck(manifest, publicIds, file);
  const error = await score(manifest, holdout, file).catch((thrown: unknown) => thrown);
  const found = checked.faults.map((fault) => fault.code);
  if (error instanceof ScoringError) expect(error.faults.map((fault) => fault.code)).toEqual(found);
  else if (error instanceof Error) throw error;
  expect(checked.ok).toBe(!(error instanceof ScoringError));
  return found;
}

describe("a table of labels", () => {
  const manifest = manifestOf({
    task: "classification",
    classes: 3,
    target_columns: ["label"],
    expected_rows: 4,
    metrics: [{ name: "accuracy", ...higher }, { name: "f1-macro" }, { name: "cohen-kappa-quadratic" }],
  });
  const holdout = { table: text("id,label\na,0\nb,1\nc,2\nd,1\n") };
  const publicIds = { ids: ["a", "b", "c", "d"] };

  test("is scored whatever the order of its rows and columns", async () => {
    const report = await score(manifest, holdout, text("label,id\r\n1,d\r\n2,c\r\n1,b\r\n1,a\r\n"));
    expect(report.primary).toMatchObject({ key: "accuracy", value: 0.75, perCase: [0, 1, 1, 1] });
    expect(report.caseIds).toEqual(["a", "b", "c", "d"]);
    // By hand: class 0: 0, class 1: 2·2 / (2·2 + 1) = 0.8, class 2: 1.
    expect(report.components[1]?.value).toBeCloseTo(0.6, 15);
    expect(report.versions).toEqual({
      scorer: packageVersion,
      metrics: {
        accuracy: "accuracy-v1",
        "f1-macro": "f1-macro-v1",
        "cohen-kappa-quadratic": "cohen-kappa-quadratic-v1",
      },
      evaluationSplit: "v1",
    });
  });

  test("every fault is told, with the same codes by the check outside and by the score", async () => {
    const faults = (content: string) => faultsOf(manifest, holdout, publicIds, text(content));
    expect(await faults("id,label\na,0\nb,01\nb,1\nx,1\nc,3\n")).toEqual([
      "value_not_number",
      "id_unknown",
      "value_out_of_range",
      "id_duplicate",
      "id_missing",
    ]);
    expect(await faults('id,label\na,0\n"b,1\n')).toEqual(["csv_quote"]);
    expect(await faults("id;label\na;0\n")).toEqual(["csv_delimiter"]);
    expect(await faults("")).toEqual(["csv_empty"]);
    const small = { ...manifest, limits: { ...manifest.limits, bytesMax: 10 } };
    expect(await faultsOf(small, holdout, publicIds, text("id,label\na,0\n"))).toEqual(["too_large"]);
  });

  test("a holdout that does not fit says where and never what", async () => {
    const broken = (content: string) => score(manifest, { table: text(content) }, text("id,label\na,0\n"));
    for (const content of [
      "id,label\nsecret-17,9\n",
      "id,label\nsecret-17,0\n",
      "id,label\nsecret-17,0\nsecret-17,1\nb,1\nc,2\n",
    ]) {
      const error = await broken(content).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "holdout_invalid" });
      expect(JSON.stringify(error) + String(error)).not.toContain("secret");
    }
  });
});

test("scores of two classes serve metrics of scores and, from 0.5 on, of labels", async () => {
  const manifest = manifestOf({
    task: "tabular",
    classes: 2,
    target_columns: ["p"],
    expected_rows: 4,
    metrics: [{ name: "auroc", ...higher }, { name: "accuracy" }, { name: "log-loss" }, { name: "brier" }],
  });
  const holdout = { table: text("id,p\na,0\nb,1\nc,0\nd,1\n") };
  const report = await score(manifest, holdout, text("id,p\na,0.1\nb,0.5\nc,0.5\nd,0.9\n"));
  expect(report.primary.value).toBe(0.875);
  expect(report.components[1]?.value).toBe(0.75);
  expect(report.components[3]?.value).toBeCloseTo((0.01 + 0.25 + 0.25 + 0.01) / 4, 15);
  expect(report.components[0]?.perCase).toBeUndefined();
  expect(report.components[3]?.perCase?.length).toBe(4);
  const outside = text("id,p\na,1.1\nb,0.5\nc,0.5\nd,0.9\n");
  expect(await faultsOf(manifest, holdout, { ids: ["a", "b", "c", "d"] }, outside)).toEqual([
    "value_out_of_range",
  ]);
});

test("one probability per class must sum to 1", async () => {
  const manifest = manifestOf({
    task: "classification",
    classes: 3,
    target_columns: ["p0", "p1", "p2"],
    expected_rows: 3,
    metrics: [{ name: "log-loss", ...lower }],
  });
  const holdout = { table: text("id,label\na,0\nb,1\nc,2\n") };
  const file = text("id,p0,p1,p2\na,1,0,0\nb,0,1,0\nc,0.25,0.25,0.5\n");
  const report = await score(manifest, holdout, file);
  expect(report.primary.value).toBeCloseTo(Math.log(2) / 3, 14);
  const error = await score(
    manifest,
    holdout,
    text("id,p0,p1,p2\na,1,0,0\nb,0,1,1\nc,0.25,0.25,0.5\n"),
  ).catch((e) => e);
  expect(error).toMatchObject({ code: "bad_probability", where: { row: 3 } });
});

test("regression and survival", async () => {
  const regression = manifestOf({
    task: "regression",
    target_columns: ["y"],
    expected_rows: 3,
    metrics: [{ name: "mae", ...lower }, { name: "r2" }],
  });
  const report = await score(
    regression,
    { table: text("id,y\na,1\nb,2\nc,3\n") },
    text("id,y\nc,3\na,1.5\nb,1e0\n"),
  );
  expect(report.primary).toMatchObject({ value: 0.5, perCase: [0.5, 1, 0] });
  const survival = manifestOf({
    task: "survival",
    target_columns: ["risk"],
    expected_rows: 3,
    metrics: [{ name: "c-index", ...higher }],
  });
  const hidden = { table: text("id,time,event\na,1,1\nb,2,0\nc,3,1\n") };
  // Comparable: a before b, a before c. Concordant: a over b; tied: a with c.
  expect((await score(survival, hidden, text("id,risk\na,2\nb,1\nc,2\n"))).primary.value).toBe(0.75);
});

describe("boxes", () => {
  const manifest = manifestOf({
    task: "detection",
    target_columns: ["confidence", "x", "y", "width", "height"],
    expected_rows: 3,
    metrics: [
      { name: "map_iou", ...higher },
      { name: "map_iou", key: "v1", version: "map_iou-v1" },
    ],
  });
  const holdout = { table: text("id,x,y,width,height\na,0,0,10,10\nb,,,,\nc,,,,\n") };
  const head = "id,confidence,x,y,width,height\n";

  test("an image with nothing on either side is left out by v2 and scores 1 by v1", async () => {
    const report = await score(manifest, holdout, text(`${head}a,0.9,0,0,10,10\nb,,,,,\nc,0.5,1,1,2,2\n`));
    expect(report.primary).toMatchObject({ value: 0.5, version: "map_iou-v2", perCase: [1, null, 0] });
    expect(report.components[1]).toMatchObject({ value: 1, version: "map_iou-v1" });
  });

  test("half-empty boxes, sizes that are not positive, and an empty row beside a box are refused", async () => {
    const faults = (rows: string) => faultsOf(manifest, holdout, { ids: ["a", "b", "c"] }, text(head + rows));
    expect(await faults("a,0.9,0,0,10,\nb,0.9,0,0,0,5\nc,,,,,\n")).toEqual(["value_not_box", "bad_box"]);
    expect(await faults("a,,,,,\na,0.9,0,0,1,1\nb,,,,,\nb,,,,,\nc,,,,,\n")).toEqual([
      "value_not_box",
      "id_duplicate",
    ]);
    expect(await faults("a,0.9,0,0,1,1\n")).toEqual(["id_missing", "id_missing"]);
  });
});

test("run-length masks are averaged over the images", async () => {
  const manifest = manifestOf({
    task: "segmentation-rle",
    target_columns: ["rle_mask"],
    expected_rows: 3,
    metrics: [{ name: "iou", ...higher }, { name: "dice" }],
  });
  const holdout = { table: text("id,rle_mask,width,height\na,1 4,4,4\nb,,2,2\nc,1 2,2,2\n") };
  const file = text("id,rle_mask\na,3 4\nb,\nc,\n");
  const report = await score(manifest, holdout, file);
  expect(report.primary.perCase).toEqual([2 / 6, 1, 0]);
  const sizes = [4, 2, 2].map((side) => ({ width: side, height: side }));
  const bad = text("id,rle_mask\na,1 999999999999\nb,1\nc,0 1\n");
  expect(await faultsOf(manifest, holdout, { ids: ["a", "b", "c"], sizes }, bad)).toEqual([
    "rle_bounds",
    "rle_odd",
    "rle_start",
  ]);
});

describe("a zip of masks", () => {
  const manifest = manifestOf({
    task: "segmentation-nifti",
    target_columns: [],
    labels: [1, 2],
    expected_rows: 2,
    metrics: [
      { name: "dice", key: "dice_lesion", ...higher, parameters: { label: 2 } },
      { name: "nsd", parameters: { tolerance_mm: 1, label: 2 } },
      { name: "hd95", parameters: { label: 2 } },
      { name: "dice" },
      { name: "lesion-f1", parameters: { label: 2 } },
    ],
  });
  const shape = [6, 5, 4];
  const spacing = [1, 1, 2];
  const volume = (label: number, from: number, to: number) => {
    const voxels = new Uint8Array(120);
    voxels[0] = 1;
    for (let x = from; x < to; x++) for (let z = 1; z < 3; z++) voxels[x + 6 * 2 + 30 * z] = label;
    return voxels;
  };
  const file = (voxels: Uint8Array, change: object = {}) =>
    gzip(writeNifti({ voxels, shape, spacing, ...change }));
  const reference = { one: file(volume(2, 1, 5)), two: file(volume(2, 1, 1)) };
  const holdout: Holdout = { ids: ["one", "two"], read: async (id) => reference[id as "one" | "two"] };
  const geometry = ["one", "two"].map(() => ({
    shape,
    spacing,
    affine: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ],
  }));
  const publicIds = { ids: ["one", "two"], geometry };

  test("is scored case by case, also when an image is stored the other way round", async () => {
    const good = await file(volume(2, 2, 5));
    const zip = writeZip({ "sub/one.nii.gz": good, "sub/two.nii.gz": await file(volume(2, 1, 1)) });
    const report = await score(manifest, holdout, zip);
    // 6 of 8 voxels found: 2·6 / (6 + 8); the second case has no lesion on either side.
    expect(report.primary.perCase).toEqual([12 / 14, 1]);
    expect(report.components[2]?.perCase?.[1]).toBe(0);
    expect(report.components[3]?.perCase).toEqual([(1 + 12 / 14) / 2, 1]);
    expect(report.components[4]?.perCase).toEqual([1, 1]);
    const turned = volume(2, 2, 5).map((_, at, all) => all[at - (at % 6) + 5 - (at % 6)] as number);
    const affine = [
      [-1, 0, 0, 5],
      [0, 1, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ];
    const other = writeZip({
      "one.nii": writeNifti({ voxels: turned, shape, spacing, affine }),
      "two.nii.gz": await reference.two,
    });
    expect((await score(manifest, holdout, other)).components).toEqual(report.components);
    expect((await precheck(manifest, publicIds, other)).ok).toBe(true);
  });

  test("a lesion on one side only costs the diagonal or the manifest's penalty", async () => {
    const zip = writeZip({ "one.nii.gz": await reference.two, "two.nii.gz": await reference.two });
    const report = await score(manifest, holdout, zip);
    expect(report.primary.perCase).toEqual([0, 1]);
    expect(report.components[2]?.perCase?.[0]).toBe(Math.sqrt(36 + 25 + 64));
    const metrics = manifest.metrics.map((entry) => ({
      ...entry,
      parameters: { ...entry.parameters, penalty_mm: 374 },
    }));
    const penalised = await score({ ...manifest, metrics }, holdout, zip);
    expect(penalised.components[2]?.perCase?.[0]).toBe(374);
  });

  test("missing files are refused, or empty where the manifest says so", async () => {
    const zip = writeZip({ "one.nii.gz": await reference.one });
    expect(await faultsOf(manifest, holdout, publicIds, zip)).toEqual(["id_missing"]);
    const report = await score({ ...manifest, missingCases: "empty-prediction" }, holdout, zip);
    expect(report.primary.perCase).toEqual([1, 1]);
  });

  test("every geometry or label error has its own name, and no Dice of 0", async () => {
    const wrong = async (one: Uint8Array) =>
      faultsOf(
        manifest,
        holdout,
        publicIds,
        writeZip({ "one.nii.gz": one, "two.nii.gz": await reference.two }),
      );
    const voxels = volume(2, 2, 5);
    const make = (change: object) => file(voxels, change);
    expect(await wrong(await make({ shape: [5, 6, 4] }))).toEqual(["shape_mismatch"]);
    expect(await wrong(await make({ spacing: [1, 1, 2.5] }))).toEqual(["spacing_mismatch"]);
    const affine = [
      [1, 0, 0, 3],
      [0, 1, 0, 0],
      [0, 0, 2, 0],
    ];
    expect(await wrong(await make({ affine }))).toEqual(["orientation_mismatch"]);
    expect(await wrong(await file(volume(7, 2, 5)))).toEqual(["image_bad_label"]);
    expect(await wrong(await make({ shape: [6, 5, 2, 2], spacing: [1, 1, 2, 1] }))).toEqual(["image_not_3d"]);
    const nan = new Float32Array(120).fill(Number.NaN);
    expect(await wrong(await gzip(writeNifti({ voxels: nan, shape, spacing })))).toEqual(["image_bad_label"]);
    expect(await wrong((await reference.one).subarray(0, 60))).toEqual(["gzip_damaged"]);
    expect(await wrong(text("not an image"))).toEqual(["image_truncated"]);
    const extra = writeZip({
      "one.nii.gz": await reference.one,
      "two.nii.gz": await reference.two,
      "three.nii.gz": voxels,
    });
    expect(await faultsOf(manifest, holdout, publicIds, extra)).toEqual(["id_unknown"]);
    const both = writeZip({
      "one.nii.gz": await reference.one,
      "one.nii": voxels,
      "two.nii.gz": await reference.two,
    });
    expect(await faultsOf(manifest, holdout, publicIds, both)).toEqual(["id_duplicate"]);
  });

  test("can be cancelled between cases", async () => {
    const zip = writeZip({ "one.nii.gz": await reference.one, "two.nii.gz": await reference.two });
    const stop = new AbortController();
    const work = score(manifest, holdout, zip, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(await work.catch((error: unknown) => error)).toMatchObject({ code: "cancelled" });
  });
});

test("what is missing is named by the check against public ids, never by the score against the holdout", async () => {
  const manifest = manifestOf({
    task: "regression",
    target_columns: ["y"],
    expected_rows: 2,
    metrics: [{ name: "mae", ...lower }],
  });
  const file = text("id,y\na,1\n");
  const checked = await precheck(manifest, { ids: ["a", "public-7"] }, file);
  expect(checked.faults[0]?.message).toContain("public-7");
  const error = await score(manifest, { table: text("id,y\na,1\nsecret-8,2\n") }, file).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "id_missing" });
  expect(JSON.stringify(error) + String(error)).not.toContain("secret");
});

test("a primary score that is no number is a fault, another one is null with a warning", async () => {
  const one = (primary: string, second: string) =>
    manifestOf({
      task: "regression",
      target_columns: ["y"],
      expected_rows: 2,
      metrics: [
        {
          name: primary,
          primary: true,
          direction: primary === "mae" ? "lower-is-better" : "higher-is-better",
        },
        { name: second },
      ],
    });
  const holdout = { table: text("id,y\na,1\nb,1\n") };
  const file = text("id,y\na,1\nb,2\n");
  const report = await score(one("mae", "pearson"), holdout, file);
  expect(report.components[1]?.value).toBeNull();
  expect(report.warnings.map((warning) => warning.code)).toEqual(["score_not_finite"]);
  expect(await score(one("pearson", "mae"), holdout, file).catch((error: unknown) => error)).toMatchObject({
    code: "score_not_finite",
  });
});

test("the version in reports is the package's", async () => {
  expect((await import("../package.json")).version).toBe(packageVersion);
});
