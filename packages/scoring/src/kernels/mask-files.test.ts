import { describe, expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { gzip } from "../images/gzip.ts";
import { readMask } from "../images/mask.ts";
import { inOrderOf } from "../images/orientation.ts";
import { type NiftiToWrite, writeNifti } from "../images/write-nifti.ts";
import { seededRandom } from "../statistics/random.ts";
import type { EngineChoice } from "./choose-engine.ts";
import { Workspace } from "./workspace.ts";

await buildKernels();
const shape = [70, 9, 5];
const random = seededRandom("mask files").unit;
const labels = (most: number) =>
  Array.from({ length: 70 * 9 * 5 }, (_, i) => (i % 90 < 40 ? Math.floor(random() * (most + 1)) : 0));
const [few, other] = [labels(3), labels(3)];

const write = (voxels: NiftiToWrite["voxels"], more: Partial<NiftiToWrite> = {}) =>
  writeNifti({ voxels, shape, spacing: [0.5, 0.75, 2], ...more });

/** One picture stored in many ways. */
const stored = (values: readonly number[]): Uint8Array[] => [
  write(new Uint8Array(values)),
  write(new Int8Array(values)),
  write(new Uint16Array(values)),
  write(new Int16Array(values)),
  write(new Int16Array(values), { bigEndian: true }),
  write(new Float32Array(values)),
  write(new BigInt64Array(values.map(BigInt))),
];

async function asArrays(workspace: Workspace, reference: Uint8Array, prediction: Uint8Array) {
  const first = await readMask(reference);
  const second = inOrderOf(first, await readMask(prediction));
  workspace.load({ shape: first.shape, reference: first.labels, prediction: second.labels });
  return workspace.score({ spacing: first.spacing, tolerances: [1] });
}

async function asFiles(workspace: Workspace, reference: Uint8Array, prediction: Uint8Array) {
  const { spacing } = await workspace.read({ reference, prediction });
  return workspace.score({ spacing, tolerances: [1] });
}

describe.each<EngineChoice>(["plain", "auto"])("files into a workspace, engine %s", (engine) => {
  test("score as their arrays do, whatever type and byte order, zipped, in parts or neither", async () => {
    const workspace = await Workspace.create({ engine });
    const expected = await asArrays(workspace, write(new Uint8Array(few)), write(new Uint8Array(other)));
    for (const [at, reference] of stored(few).entries()) {
      const prediction = stored(other)[(at * 3 + 1) % 7] as Uint8Array;
      const half = await gzip(reference.subarray(0, 1000));
      const parts = new Uint8Array([...half, ...(await gzip(reference.subarray(1000)))]);
      expect(await asFiles(workspace, reference, await gzip(prediction))).toEqual(expected);
      expect(await asFiles(workspace, parts, prediction)).toEqual(expected);
    }
  });

  test("a prediction stored in another orientation is turned, one that lies elsewhere is refused by name", async () => {
    const workspace = await Workspace.create({ engine });
    const reference = write(new Uint8Array(few));
    const turned = new Uint8Array(few.length);
    other.forEach((label, i) => {
      turned[i - (i % 70) + 69 - (i % 70)] = label;
    });
    const flipped = [
      [-0.5, 0, 0, 69 * 0.5],
      [0, 0.75, 0, 0],
      [0, 0, 2, 0],
      [0, 0, 0, 1],
    ];
    const straight = [[0.5, 0, 0, 0], ...flipped.slice(1)];
    const here = write(new Uint8Array(few), { affine: straight });
    const expected = await asArrays(workspace, reference, write(new Uint8Array(other)));
    expect(await asFiles(workspace, here, await gzip(write(turned, { affine: flipped })))).toEqual(expected);
    const error = await asFiles(workspace, reference, write(new Uint8Array(12), { shape: [3, 2, 2] })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "shape_mismatch", where: { file: "prediction" } });
  });

  test("what is no label is refused with its file and voxel, and the next pair is read as if nothing had been", async () => {
    const workspace = await Workspace.create({ engine });
    const good = write(new Uint8Array(few));
    const expected = await asFiles(workspace, good, good);
    const bad = [...few];
    bad[77] = -1;
    for (const voxels of [new Int8Array(bad), new Int16Array(bad), new Float32Array(bad)]) {
      const error = await asFiles(workspace, good, write(voxels)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "image_bad_label", where: { file: "prediction", index: 77 } });
    }
    const limited = workspace.read({ reference: good, prediction: good }, { labelMax: 2 });
    await expect(limited).rejects.toMatchObject({
      code: "image_bad_label",
      where: { file: "reference", index: few.indexOf(3) },
    });
    const zipped = await gzip(good);
    for (const damaged of [
      zipped.subarray(0, -9),
      zipped.map((byte, i) => byte ^ Number(i === zipped.length - 7)),
    ]) {
      const error = await asFiles(workspace, good, damaged).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "gzip_damaged", where: { file: "prediction" } });
    }
    expect(() => workspace.score({ spacing: [1, 1, 1] })).toThrow("Load a pair");
    expect(await asFiles(workspace, good, zipped)).toEqual(expected);
  });
});
