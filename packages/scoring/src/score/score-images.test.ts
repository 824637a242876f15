import { afterAll, describe, expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { gzip } from "../images/gzip.ts";
import { writeNifti } from "../images/write-nifti.ts";
import { ScoringPool } from "../pool/pool.ts";
import { type Holdout, score } from "../score.ts";
import { seededRandom } from "../statistics/random.ts";
import { writeZip } from "../tables/write-zip.ts";
import { manifestOf } from "../testing/manifest.ts";

await buildKernels();

const shape = [24, 20, 10];
const ids = Array.from({ length: 7 }, (_, i) => `case-${i}`);
const manifest = manifestOf({
  task: "segmentation-nifti",
  labels: [1, 2],
  expected_rows: ids.length,
  metrics: [
    { name: "dice", primary: true, direction: "higher-is-better" },
    { name: "hd95", parameters: { label: 1 } },
    { name: "nsd", parameters: { tolerance_mm: 2, label: [1, 2] } },
    { name: "lesion-f1", parameters: { label: 2 } },
    { name: "relative-volume-difference", parameters: { label: 2 } },
  ],
});

function file(seed: string, change: object = {}, unit = 2): Promise<Uint8Array> {
  const { below } = seededRandom(seed);
  const voxels = new Uint8Array(24 * 20 * 10);
  for (let blob = 0; blob < 4; blob++) {
    const at = 30 + below(4000);
    for (let row = 0; row < 5; row++) voxels.fill(1 + (blob % 2), at + 24 * row, at + 24 * row + 6);
  }
  const image = writeNifti({ voxels, shape, spacing: [0.8, 0.8, 1.5], ...change });
  image[123] = unit;
  return gzip(image);
}

const holdout: Holdout = { ids, read: (id) => file(`reference ${id}`) };
const submission = async (change: Record<string, Uint8Array> = {}) =>
  writeZip({
    ...Object.fromEntries(
      await Promise.all(ids.map(async (id) => [`${id}.nii.gz`, await file(id)] as const)),
    ),
    ...change,
  });

describe("masks scored in workers", () => {
  const pool = new ScoringPool({ workers: 3 });
  afterAll(() => pool.close());

  test("give a report of the same bytes as without, warnings included, with progress", async () => {
    // An image in metres is read with a warning.
    const inMetres = await file("case-5", { spacing: [0.0008, 0.0008, 0.0015] }, 1);
    const zip = await submission({ "case-5.nii.gz": inMetres });
    const report = await score(manifest, holdout, zip);
    expect(report).toMatchObject({ warningsTotal: 1, warnings: [{ where: { file: "case-5.nii.gz" } }] });
    const alone = JSON.stringify(report);
    const seen: string[] = [];
    const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
    expect(JSON.stringify(await score(manifest, holdout, zip, { pool, onProgress }))).toBe(alone);
    expect(seen).toEqual(ids.map((_, i) => `${i + 1}/${ids.length}`));
    expect(JSON.stringify(await score(manifest, holdout, zip, { engine: "plain" }))).toBe(alone);
  });

  test("give the same faults in the same order", async () => {
    const zip = await submission({
      "case-4.nii.gz": new Uint8Array([1, 2, 3]),
      "case-1.nii.gz": await file("case-1", { spacing: [0.8, 0.8, 2] }),
      "case-6.nii.gz": (await file("case-6")).subarray(0, 40),
    });
    const faults = async (options: object) =>
      score(manifest, holdout, zip, options).catch((error: { faults: unknown }) => error.faults);
    const alone = await faults({});
    expect(alone).toMatchObject([
      { code: "spacing_mismatch", where: { file: "case-1.nii.gz" } },
      { code: "image_truncated", where: { file: "case-4.nii.gz" } },
      { code: "gzip_damaged", where: { file: "case-6.nii.gz" } },
    ]);
    expect(await faults({ pool })).toEqual(alone);
  });

  test("a reference that cannot be read is the house's fault, whatever else is wrong", async () => {
    const zip = await submission({ "case-0.nii.gz": new Uint8Array([1, 2, 3]) });
    const broken: Holdout = {
      ids,
      read: async (id) => (id === "case-3" ? new Uint8Array(5) : holdout.read(id)),
    };
    const gone: Holdout = { ids, read: () => Promise.reject(new RangeError("no such file")) };
    for (const options of [{}, { pool }]) {
      const error = await score(manifest, broken, zip, options).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "holdout_invalid", faultsTotal: 1 });
      const other = await score(manifest, gone, await submission(), options).catch(
        (thrown: unknown) => thrown,
      );
      expect(other).toBeInstanceOf(RangeError);
    }
  });

  test("can be cancelled, and the pool used again", async () => {
    const zip = await submission();
    for (const options of [{}, { pool }]) {
      const stop = new AbortController();
      const work = score(manifest, holdout, zip, {
        ...options,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      expect(await work.catch((error: unknown) => error)).toMatchObject({ code: "cancelled" });
    }
    expect((await score(manifest, holdout, zip, { pool })).caseIds).toEqual(ids);
  });
});
