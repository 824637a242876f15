/**
 * The far search sorts elements into bricks of 8×8×8. The order of bricks is: super-bricks of 8×8×8 bricks row by row,
 * within one along a Z-curve, so that neighbours in the list are neighbours in space and a tree can be had by merely
 * grouping eight at a time. An axis with a single brick takes no bits of the curve.
 */
export interface BrickOrder {
  readonly cells: number;
  /** Number added for brick x, y, z; see `brickTables`. */
  readonly x: Uint32Array;
  readonly y: Uint32Array;
  readonly z: Uint32Array;
}

const BRICK_SHIFT = 3;

/** For coordinates below the given sizes. `x[i] + y[j] + z[k]` is the cell of the brick (i, j, k). */
export function brickOrder(sizeX: number, sizeY: number, sizeZ: number): BrickOrder {
  const sizes = [sizeX, sizeY, sizeZ].map((size) => ((size - 1) >> BRICK_SHIFT) + 1);
  const bits: number[][] = [[], [], []];
  let shift = 0;
  for (let level = 0; level < 3; level++) {
    sizes.forEach((size, axis) => {
      if (size > 1 << level) bits[axis]?.push(shift++);
    });
  }
  let stride = 1 << shift;
  const tables = sizes.map((size, axis) => {
    const own = bits[axis] ?? [];
    const table = new Uint32Array(size);
    for (let i = 0; i < size; i++) {
      let at = (i >> own.length) * stride;
      own.forEach((bit, k) => {
        at += ((i >> k) & 1) << bit;
      });
      table[i] = at;
    }
    stride *= ((size - 1) >> own.length) + 1;
    return table;
  });
  const [x, y, z] = tables;
  if (!x || !y || !z) throw new RangeError("Three axes give three tables.");
  return { cells: stride, x, y, z };
}

export const BRICK_BYTES = 32;
export const NODE_BYTES = 24;
export const TREE_LEVELS_MAX = 16;
/** Eight children of 16 bytes may wait on each level. */
export const STACK_BYTES = 8 * 16 * TREE_LEVELS_MAX;
export const RECORD_BYTES = 8;
