import type { Spacing3 } from "./surface.ts";

/**
 * The far search sorts elements into bricks of about 8×8×8 of the smallest spacing. The order of bricks is: super-bricks
 * of up to 8×8×8 bricks row by row, within one along a Z-curve, so that neighbours in the list are neighbours in space
 * and a tree can be had by merely grouping eight at a time. An axis with a single brick takes no bits of the curve.
 */
export interface BrickOrder {
  readonly cells: number;
  /** A number for each coordinate: `x[i] + y[j] + z[k]` is the cell of the brick that holds (i, j, k). */
  readonly x: Uint32Array;
  readonly y: Uint32Array;
  readonly z: Uint32Array;
}

const BRICK_SHIFT = 3;
const CURVE_LEVELS = 3;

/** For coordinates below the given sizes. */
export function brickOrder(size: Spacing3, spacing: Spacing3): BrickOrder {
  const least = Math.min(...spacing);
  // An axis with wide spacing gets as many fewer elements a brick.
  const shifts = spacing.map((mm) => {
    let shift = BRICK_SHIFT;
    while (shift > 0 && mm * 2 ** shift > least * 2 ** BRICK_SHIFT * 1.5) shift--;
    return shift;
  });
  const counts = size.map((n, axis) => ((n - 1) >> (shifts[axis] ?? 0)) + 1);
  const bits: number[][] = [[], [], []];
  let bit = 0;
  for (let level = 0; level < CURVE_LEVELS; level++) {
    counts.forEach((count, axis) => {
      if (count > 1 << level) bits[axis]?.push(bit++);
    });
  }
  let stride = 1 << bit;
  const tables = counts.map((count, axis) => {
    const own = bits[axis] ?? [];
    const shift = shifts[axis] ?? 0;
    const table = new Uint32Array(size[axis] ?? 0);
    for (let i = 0; i < table.length; i++) {
      const brick = i >> shift;
      let at = (brick >> own.length) * stride;
      own.forEach((place, k) => {
        at += ((brick >> k) & 1) << place;
      });
      table[i] = at;
    }
    stride *= ((count - 1) >> own.length) + 1;
    return table;
  });
  const [x, y, z] = tables;
  if (!x || !y || !z) throw new RangeError("Three axes give three tables.");
  return { cells: stride, x, y, z };
}

export const BRICK_BYTES = 32;
/** Boxes of eight children: lowest x of all eight, then y, z, highest x, y, z, as f32. */
export const GROUP_BYTES = 192;
export const TREE_LEVELS_MAX = 16;
/** Eight children of 8 bytes may wait on each level. */
export const STACK_BYTES = 8 * 8 * TREE_LEVELS_MAX + 64;
export const RECORD_BYTES = 8;
