import { describe, expect, test } from "bun:test";

import { buildKernels } from "../build-kernels.ts";
import { ScoringError } from "./errors.ts";
import { Workspace } from "./kernels/workspace.ts";
import {
  absoluteVolumeDifference,
  assd,
  dice,
  hd,
  hd95,
  hdp,
  iou,
  type LabelImage,
  masd,
  nsd,
  precision,
  recall,
  relativeVolumeDifference,
  specificity,
  volumeSimilarity,
} from "./segmentation.ts";
import { seededRandom } from "./statistics/random.ts";

await buildKernels();

function image(seed: string): LabelImage {
  const { below } = seededRandom(seed);
  const labels = new Uint8Array(20 * 16 * 9);
  for (const label of [1, 2]) {
    const [x0, y0, z0] = [2 + below(8), 2 + below(6), 1 + below(3)];
    for (let z = z0; z < z0 + 4; z++)
      for (let y = y0; y < y0 + 6; y++)
        labels.fill(label, x0 + 20 * (y + 16 * z), x0 + 7 + 20 * (y + 16 * z));
  }
  return { labels, shape: [20, 16, 9], spacing: [0.8, 0.8, 2.5] };
}

describe("single metrics", () => {
  test("are those of a workspace, label by label, on either surface", async () => {
    const [reference, prediction] = [image("a"), image("b")];
    const { shape, spacing } = reference;
    const workspace = await Workspace.create();
    workspace.load({ shape, reference: reference.labels, prediction: prediction.labels });
    const surfaces = { voxel: "distances", surfel: "distances" } as const;
    const scores = workspace.score({
      spacing,
      tolerances: [2],
      percentiles: [95, 50],
      labels: [0, 1, 2],
      surfaces,
    });
    for (const { label, overlap, surface } of scores) {
      expect({
        dice: dice(reference, prediction, label),
        iou: iou(reference, prediction, label),
        precision: precision(reference, prediction, label),
        recall: recall(reference, prediction, label),
        specificity: specificity(reference, prediction, label),
        volumeSimilarity: volumeSimilarity(reference, prediction, label),
        relativeVolumeDifference: relativeVolumeDifference(reference, prediction, label),
        absoluteVolumeDifference: absoluteVolumeDifference(reference, prediction, label),
      }).toEqual(overlap);
      for (const definition of ["voxel", "surfel"] as const) {
        const found = surface[definition];
        if (found === undefined || !("hd" in found)) throw new Error("distances were asked for");
        const options = { label, surface: definition };
        expect(await hd(reference, prediction, options)).toBe(found.hd);
        expect(await hd95(reference, prediction, options)).toBe(found.hdp["95"] ?? -1);
        expect(await hdp(reference, prediction, 50, options)).toBe(found.hdp["50"] ?? -1);
        expect(await hd95(reference, prediction, { ...options, combine: "pooled" })).toBe(
          found.hdpPooled["95"] ?? -1,
        );
        expect(await assd(reference, prediction, options)).toBe(found.assd);
        expect(await masd(reference, prediction, options)).toBe(found.masd);
        expect(await nsd(reference, prediction, 2, options)).toBe(found.nsd[0] ?? -1);
      }
    }
    const [any] = scores;
    expect(await hd95(reference, prediction)).toBe((any?.surface.voxel?.hdp["95"] ?? -1) as number);
    expect(await nsd(reference, prediction, 2)).toBe(any?.surface.surfel?.nsd[0] ?? -1);
  });

  test("calls that overlap in time do not disturb each other", async () => {
    const pairs = ["p", "q", "r", "s"].map((seed) => [image(seed), image(`${seed}'`)] as const);
    const apart: number[] = [];
    for (const [a, b] of pairs) apart.push(await hd95(a, b));
    expect(await Promise.all(pairs.map(([a, b]) => hd95(a, b)))).toEqual(apart);
  });

  test("an image stored the other way round gives the same, if both say how they lie", async () => {
    const reference = image("a");
    const prediction = image("b");
    const affine = (sign: 1 | -1) => [
      [sign * 0.8, 0, 0, sign === 1 ? 0 : 0.8 * 19],
      [0, 0.8, 0, 0],
      [0, 0, 2.5, 0],
      [0, 0, 0, 1],
    ];
    const turned = prediction.labels.map(
      (_, at) => prediction.labels[at - (at % 20) + 19 - (at % 20)] as number,
    );
    const other = { ...prediction, labels: turned, affine: affine(-1) };
    const own = { ...reference, affine: affine(1) };
    expect(dice(own, other, 1)).toBe(dice(reference, prediction, 1));
    expect(await assd(own, other)).toBe(await assd(reference, prediction));
  });

  test("images that cannot be compared are refused by name", async () => {
    const one = image("a");
    const code = async (work: () => unknown) => {
      try {
        await work();
        return "";
      } catch (error) {
        return error instanceof ScoringError ? error.code : String(error);
      }
    };
    expect(await code(() => dice(one, { ...one, shape: [16, 20, 9] }))).toBe("shape_mismatch");
    expect(await code(() => dice(one, { ...one, spacing: [0.8, 0.8, 2.6] }))).toBe("spacing_mismatch");
    expect(await code(() => dice(one, { ...one, spacing: [0.8, 0.8] }))).toBe("spacing_mismatch");
    expect(await code(() => dice(one, { ...one, labels: new Uint8Array(3) }))).toBe("length_mismatch");
    expect(await code(() => hd(one, { ...one, labels: new Uint8Array(3) }))).toBe("length_mismatch");
    expect(await code(() => nsd(one, one, -1))).toBe("bad_tolerance");
    expect(await code(() => hdp(one, one, 101))).toBe("bad_percentile");
    // The shared memory is as it was.
    expect(await hd(one, one)).toBe(0);
  });

  test("empty masks: both perfect, one as bad as can be", async () => {
    const one = image("a");
    const empty = { ...one, labels: new Uint8Array(one.labels.length) };
    expect([dice(empty, empty), await hd95(empty, empty), await nsd(empty, empty, 1)]).toEqual([1, 0, 1]);
    expect([dice(one, empty), await hd95(one, empty), await nsd(one, empty, 1)]).toEqual([0, Infinity, 0]);
  });
});
