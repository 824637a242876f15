import { describe, expect, test } from "bun:test";

import { type Mask, readMask } from "./mask.ts";
import { inOrderOf } from "./orientation.ts";
import { writeNifti } from "./write-nifti.ts";

const shape = [2, 3, 4] as const;
const labels = new Uint8Array(24).map((_, at) => at);
const affine = [
  [0.5, 0, 0, -10],
  [0, 0.75, 0, 20],
  [0, 0, 2, 5],
  [0, 0, 0, 1],
];

/** The same picture stored with its axes in another order and some of them turned round. */
async function stored(axes: readonly number[], flips: readonly boolean[]): Promise<Mask> {
  const strides = [1, 2, 6];
  const lengths = axes.map((axis) => shape[axis] as number);
  const out: number[] = [];
  const index = [0, 0, 0];
  for (index[2] = 0; index[2] < (lengths[2] ?? 0); index[2]++) {
    for (index[1] = 0; index[1] < (lengths[1] ?? 0); index[1]++) {
      for (index[0] = 0; index[0] < (lengths[0] ?? 0); index[0]++) {
        let from = 0;
        axes.forEach((axis, at) => {
          const i = index[at] as number;
          from += (flips[at] ? (lengths[at] as number) - 1 - i : i) * (strides[axis] as number);
        });
        out.push(labels[from] as number);
      }
    }
  }
  const rows = [0, 1, 2].map((row) => {
    const columns = axes.map((axis, at) => (affine[row]?.[axis] ?? 0) * (flips[at] ? -1 : 1));
    const shift = axes.reduce(
      (sum, axis, at) => sum + (flips[at] ? (affine[row]?.[axis] ?? 0) * ((lengths[at] as number) - 1) : 0),
      affine[row]?.[3] ?? 0,
    );
    return [...columns, shift];
  });
  const spacing = axes.map((axis) => [0.5, 0.75, 2][axis] as number);
  return readMask(writeNifti({ voxels: new Uint8Array(out), shape: lengths, spacing, affine: rows }));
}

describe("a common orientation", () => {
  test("all 48 ways to store one picture give the same voxels", async () => {
    const reference = await stored([0, 1, 2], [false, false, false]);
    expect(reference.labels).toEqual(labels);
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const axes of orders) {
      for (let bits = 0; bits < 8; bits++) {
        const other = await stored(axes, [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0]);
        const same = inOrderOf(reference, other);
        expect(same.labels).toEqual(labels);
        expect(same.shape).toEqual([2, 3, 4]);
        expect(same.spacing).toEqual([0.5, 0.75, 2]);
      }
    }
  });

  test("another shape, spacing, place or angle is refused by its name", async () => {
    const reference = await stored([0, 1, 2], [false, false, false]);
    const changed = (change: Partial<Mask>) => () => inOrderOf(reference, { ...reference, ...change });
    expect(changed({ shape: [3, 2, 4] })).toThrow("differ in shape");
    expect(changed({ spacing: [0.5, 0.75, 2.1] })).toThrow("voxel spacing");
    const moved = affine.map((row, at) => (at === 0 ? [0.5, 0, 0, -9] : row));
    expect(changed({ affine: moved })).toThrow("same place");
    const tilted = affine.map((row, at) => (at === 0 ? [0.5, 0.05, 0, -10] : row));
    expect(changed({ affine: tilted })).toThrow("same place");
    const close = affine.map((row, at) => (at === 0 ? [0.5, 0, 0, -10.005] : row));
    expect(changed({ affine: close })).not.toThrow();
  });

  test("the rounding of a stored float32 affine is within the default tolerance", async () => {
    const reference = await stored([0, 1, 2], [false, false, false]);
    const rounded = affine.map((row) => row.map(Math.fround));
    expect(inOrderOf(reference, { ...reference, affine: rounded }).labels).toBe(reference.labels);
  });
});
