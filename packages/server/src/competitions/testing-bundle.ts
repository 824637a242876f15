import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { systemClock } from "@medforge/runtime/deadline";
import { gzip, writeNifti, writeZip } from "@medforge/scoring";

import { readConfig } from "../config.ts";
import { createScorer } from "../scorer/scorer.ts";

/** Small bundles of every task, for tests, and a place to try them out. */

export type Files = Readonly<Record<string, string | Uint8Array | null>>;

const COMMON = {
  slug: "tiny",
  title: "Tiny",
  description: "A few cases.",
  exposure: "external",
  dataset_slug: null,
  id_column: "id",
  evaluation_split_version: "v1",
  submissions_per_day_max: 20,
};

export function manifest(own: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...COMMON, ...own }, null, 2)}\n`;
}

const HIDDEN = "id,label\na,1\nb,0\nc,1\nd,1\n";

/** The hidden labels are 1, 0, 1, 1; the sample says 0 throughout. */
export const LABELS = {
  task: "classification",
  classes: 2,
  target_columns: ["label"],
  expected_rows: 4,
  metrics: [
    { name: "accuracy", primary: true, direction: "higher-is-better" },
    { name: "mcc", key: "correlation" },
  ],
};
export const labels: Files = {
  "competition.json": manifest(LABELS),
  "holdout/holdout.csv": HIDDEN,
  "public/ids.csv": "id\na\nb\nc\nd\n",
  "sample_submission.csv": "id,label\na,0\nb,0\nc,0\nd,0\n",
};

export const dataset: Files = {
  "dataset/dataset.json": JSON.stringify({
    slug: "tiny-data",
    title: "Tiny data",
    description: "Two rows.",
    licence: "CC0-1.0",
    source: "Made up for a test",
    exposure: "both",
  }),
  "dataset/files/train.csv": "id,label\nx,1\ny,0\n",
};

const mask = (voxels: readonly number[]) =>
  gzip(writeNifti({ voxels: Uint8Array.from(voxels), shape: [2, 2, 2], spacing: [1, 1, 3] }));
const lesion = await mask([0, 1, 1, 0, 0, 0, 1, 0]);
const small = await mask([0, 0, 0, 0, 0, 0, 1, 0]);
export const nothing = await mask([0, 0, 0, 0, 0, 0, 0, 0]);
const affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 3, 0],
  [0, 0, 0, 1],
];
const geometry = { shape: [2, 2, 2], spacing: [1, 1, 3], affine };

/** One bundle for each way in which a holdout and a submission are written. */
export const everyKind: Readonly<Record<string, Files>> = {
  labels,
  "one probability per class": {
    ...labels,
    "competition.json": manifest({
      ...LABELS,
      classes: 3,
      target_columns: ["p0", "p1", "p2"],
      metrics: [{ name: "log-loss", primary: true, direction: "lower-is-better" }],
    }),
    "sample_submission.csv": `id,p0,p1,p2\n${["a", "b", "c", "d"].map((id) => `${id},0.5,0.25,0.25\n`).join("")}`,
  },
  numbers: {
    ...labels,
    "competition.json": manifest({
      task: "regression",
      target_columns: ["age"],
      expected_rows: 2,
      metrics: [{ name: "mae", primary: true, direction: "lower-is-better" }],
    }),
    "holdout/holdout.csv": 'age,id\n41.5,"a,1"\n7,"b ""2"""\n',
    "public/ids.csv": 'id\n"a,1"\n"b ""2"""\n',
    "sample_submission.csv": 'id,age\n"a,1",20\n"b ""2""",20\n',
  },
  survival: {
    ...labels,
    "competition.json": manifest({
      task: "survival",
      target_columns: ["risk"],
      expected_rows: 3,
      metrics: [{ name: "c-index", primary: true, direction: "higher-is-better" }],
    }),
    "holdout/holdout.csv": "id,time,event\na,12,1\nb,3.5,1\nc,40,0\n",
    "public/ids.csv": "id\na\nb\nc\n",
    "sample_submission.csv": "id,risk\na,1\nb,1\nc,1\n",
  },
  boxes: {
    ...labels,
    "competition.json": manifest({
      task: "detection",
      target_columns: ["score", "x", "y", "width", "height"],
      expected_rows: 3,
      metrics: [{ name: "map_iou", primary: true, direction: "higher-is-better" }],
    }),
    "holdout/holdout.csv": "id,x,y,width,height\na,10,10,20,20\na,50,50,10,10\nb,,,,\n",
    "public/ids.csv": "id\na\nb\n",
    "sample_submission.csv": "id,score,x,y,width,height\na,0.5,1,1,4,4\nb,,,,,\n",
  },
  runs: {
    ...labels,
    "competition.json": manifest({
      task: "segmentation-rle",
      target_columns: ["mask"],
      expected_rows: 2,
      metrics: [{ name: "iou", primary: true, direction: "higher-is-better" }],
    }),
    "holdout/holdout.csv": "id,mask,width,height\na,1 3 7 1,4,2\nb,,4,2\n",
    "public/ids.csv": "id,width,height\na,4,2\nb,4,2\n",
    "sample_submission.csv": "id,mask\na,1 1\nb,\n",
  },
  masks: {
    "competition.json": manifest({
      task: "segmentation-nifti",
      expected_rows: 2,
      metrics: [
        { name: "dice", primary: true, direction: "higher-is-better", parameters: { label: 1 } },
        { name: "hd95", parameters: { label: 1 } },
      ],
    }),
    "holdout/a.nii.gz": lesion,
    "holdout/b.nii.gz": nothing,
    "public/ids.csv": "id\na\nb\n",
    "public/geometry.json": JSON.stringify({ a: geometry, b: geometry }),
    "sample_submission.zip": writeZip({ "a.nii.gz": small, "b.nii.gz": nothing }),
  },
};

/** A folder for one test file, with the folders of a server beside its bundles. */
export function bundlePlace() {
  const root = mkdtempSync(join(tmpdir(), "mf-bundles-"));
  const config = readConfig({
    DATABASE_URL: "mysql://nobody",
    MEDFORGE_RUNTIME: "memory",
    MEDFORGE_STATE_DIR: join(root, "state"),
  });
  const scorer = createScorer({ processes: 1, deadlineMs: 20_000, memoryBytesMax: 2 ** 31 });
  let made = 0;
  return {
    root,
    deps: {
      config,
      scorer,
      /** A house without datasets. */
      db: { datasets: { bySlug: async () => undefined } },
      clock: systemClock,
      randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    },
    /** Writes the files into a new folder; null leaves one out. */
    bundle(...layers: readonly Files[]): string {
      const folder = join(root, `bundle-${made++}`);
      mkdirSync(folder);
      for (const [path, content] of Object.entries(Object.assign({}, ...layers) as Files)) {
        if (content === null) continue;
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      return folder;
    },
    /** The same as one zip. */
    zip(...layers: readonly Files[]): string {
      const files = Object.entries(Object.assign({}, ...layers) as Files).flatMap(([path, content]) =>
        content === null
          ? []
          : [[path, typeof content === "string" ? new TextEncoder().encode(content) : content] as const],
      );
      const path = join(root, `bundle-${made++}.zip`);
      writeFileSync(path, writeZip(Object.fromEntries(files)));
      return path;
    },
    close() {
      scorer.close();
      rmSync(root, { recursive: true });
    },
  };
}
