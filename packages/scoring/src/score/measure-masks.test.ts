import { expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { onlyLabels } from "../images/mask.ts";
import { writeNifti } from "../images/write-nifti.ts";
import { plainEngine } from "../kernels/engine.ts";
import { bratsLesionWise, bratsRules } from "../metrics/brats-lesion-wise.ts";
import { score } from "../score.ts";
import { writeZip } from "../tables/write-zip.ts";
import { manifestOf } from "../testing/manifest.ts";

await buildKernels();

const shape = [24, 12, 8];
const spacing = [1, 1, 2];
type Block = readonly [label: number, x0: number, x1: number, y0: number, y1: number];

/** Blocks of three slices. */
function volume(blocks: readonly Block[]): Uint8Array {
  const voxels = new Uint8Array(24 * 12 * 8);
  for (const [label, x0, x1, y0, y1] of blocks)
    for (let z = 2; z < 5; z++)
      for (let y = y0; y < y1; y++) voxels.fill(label, x0 + 24 * (y + 12 * z), x1 + 24 * (y + 12 * z));
  return voxels;
}

// Two lesions, the first with a core (label 3) inside; the prediction finds the first and has one too many.
const reference = volume([
  [2, 1, 7, 1, 7],
  [3, 3, 5, 3, 5],
  [2, 16, 20, 1, 5],
]);
const prediction = volume([
  [2, 1, 7, 1, 5],
  [3, 3, 5, 3, 5],
  [2, 17, 22, 8, 11],
]);

async function values(metrics: readonly object[], labels: readonly number[] | null = [1, 2, 3]) {
  const all = metrics.map((metric, at) => ({ key: `m${at}`, ...metric }));
  const manifest = manifestOf({
    task: "segmentation-nifti",
    expected_rows: 1,
    ...(labels !== null && { labels }),
    metrics: [
      { name: "dice", primary: true, direction: "higher-is-better", parameters: { label: "any" } },
      ...all,
    ],
  });
  const file = (voxels: Uint8Array) => writeNifti({ voxels, shape, spacing });
  const holdout = { ids: ["a"], read: async () => file(reference) };
  const { components } = await score(manifest, holdout, writeZip({ "a.nii": file(prediction) }));
  return components.slice(1).map(({ value }) => value);
}

test("lesions are matched by any voxel, or one to one by IoU; labels may count as one region", async () => {
  const whole = [2, 3];
  const [f1, f1Iou, f1Strict, pq, dice, diceCore] = await values([
    { name: "lesion-f1", parameters: { label: whole } },
    { name: "lesion-f1", parameters: { label: whole, iou: 0.5 } },
    { name: "lesion-f1", parameters: { label: whole, iou: 0.7 } },
    { name: "pq", parameters: { label: whole } },
    { name: "dice", parameters: { label: whole } },
    { name: "dice", parameters: { label: 3 } },
  ]);
  // One of two lesions found, one of two predictions right; its IoU is 24/36.
  expect([f1, f1Iou, f1Strict]).toEqual([0.5, 0.5, 0]);
  expect(pq).toBeCloseTo((24 / 36) * 0.5, 15);
  expect(dice).toBeCloseTo((2 * 24) / (36 + 16 + 24 + 15), 15);
  expect(diceCore).toBe(1);
});

test("BraTS's lesion-wise numbers are those of the function, region by region", async () => {
  for (const challenge of ["BraTS-GLI", "BraTS-MET"] as const) {
    for (const label of [[2, 3], 3, "any"] as const) {
      const chosen = label === "any" ? [1, 2, 3] : typeof label === "number" ? [label] : label;
      const direct = bratsLesionWise(
        plainEngine(),
        {
          shape,
          spacing,
          reference: onlyLabels(reference, chosen),
          prediction: onlyLabels(prediction, chosen),
        },
        bratsRules[challenge],
      );
      const parameters = { label, challenge };
      expect(
        await values([
          { name: "brats-lesion-dice", parameters },
          { name: "brats-lesion-hd95", parameters },
        ]),
      ).toEqual([direct.LesionWise_Score_Dice, direct.LesionWise_Score_HD95]);
    }
  }
});

test("a connectivity for images of other axes is the organiser's fault, not the participant's", async () => {
  const wrong = values([{ name: "pq", parameters: { connectivity: 8 } }]);
  expect(await wrong.catch((error: unknown) => error)).toMatchObject({ code: "holdout_invalid" });
});

test("each is the mean over the manifest's labels, both-empty ones as empty_cases says", async () => {
  const [each, any] = await values([
    { name: "dice", parameters: { label: "each" } },
    { name: "dice", parameters: { label: "any" } },
  ]);
  // Label 1 is nowhere: 1. Label 2: 2·20 / (32 + 16 + 20 + 15). Label 3: 1.
  expect(each).toBeCloseTo((1 + 40 / 83 + 1) / 3, 15);
  expect(any).toBeCloseTo(48 / 91, 15);
  expect(await values([{ name: "dice" }], null)).toEqual([any as number]);
});
