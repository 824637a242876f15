import type { Views } from "../arena.ts";
import { trailingZeros } from "./pack.ts";

/** Words of a run: first and last x (both included), its row, its component. */
export const RUN_WORDS = 4;

/** Finds the runs of set bits of a bit grid's inner rows. With `out` 0 they are only counted. @returns how many. */
export function findRuns(
  u32: Uint32Array,
  grid: number,
  blocks: number,
  ny: number,
  nz: number,
  out: number,
): number {
  const words = 2 * blocks;
  let n = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = (grid >>> 2) + ((z + 1) * (ny + 2) + y + 1) * words;
      let open = -1;
      for (let k = 0; k < words; k++) {
        const word = u32[row + k] as number;
        if (word === 0 ? open < 0 : word === 0xffffffff && open >= 0) continue;
        let at = 0;
        while (at < 32) {
          // The next bit that ends or starts a run.
          const rest = (open < 0 ? word : ~word) >>> at;
          if (rest === 0) break;
          at += trailingZeros(rest);
          if (open < 0) {
            open = (k << 5) + at;
          } else {
            if (out !== 0) writeRun(u32, out, n, open, (k << 5) + at - 1, z * ny + y);
            n++;
            open = -1;
          }
        }
      }
      if (open >= 0) {
        if (out !== 0) writeRun(u32, out, n, open, (words << 5) - 1, z * ny + y);
        n++;
      }
    }
  }
  return n;
}

function writeRun(u32: Uint32Array, out: number, n: number, first: number, last: number, row: number): void {
  const e = (out >>> 2) + RUN_WORDS * n;
  u32[e] = first;
  u32[e + 1] = last;
  u32[e + 2] = row;
  u32[e + 3] = n;
}

/**
 * Connected components of a bit grid. Two voxels are joined if they differ by at most 1 along each axis and along at
 * most `axes` of them: 1 is 4- or 6-connectivity, 2 is 8 or 18, 3 is 26. With `runs` 0 the runs are only counted;
 * else `runs` has room for them, 16 bytes each, and `rowStarts` for a u32 per row and one more. Components are numbered
 * from 0 in the order of their first voxel. @returns the number of runs, or of components.
 */
export function components(
  m: Views,
  grid: number,
  blocks: number,
  ny: number,
  nz: number,
  axes: number,
  runs: number,
  rowStarts: number,
): number {
  const { u32 } = m;
  const n = findRuns(u32, grid, blocks, ny, nz, runs);
  if (runs === 0) return n;
  const base = runs >>> 2;
  const starts = rowStarts >>> 2;
  let at = 0;
  for (let row = 0; row < ny * nz; row++) {
    u32[starts + row] = at;
    while (at < n && u32[base + RUN_WORDS * at + 2] === row) at++;
  }
  u32[starts + ny * nz] = n;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = z * ny + y;
      if (u32[starts + row] === u32[starts + row + 1]) continue;
      if (y > 0) join(u32, base, starts, row, row - 1, axes >= 2 ? 1 : 0);
      if (z === 0) continue;
      if (y > 0 && axes >= 2) join(u32, base, starts, row, row - ny - 1, axes >= 3 ? 1 : 0);
      join(u32, base, starts, row, row - ny, axes >= 2 ? 1 : 0);
      if (y < ny - 1 && axes >= 2) join(u32, base, starts, row, row - ny + 1, axes >= 3 ? 1 : 0);
    }
  }
  let count = 0;
  for (let i = 0; i < n; i++) {
    const e = base + RUN_WORDS * i + 3;
    const parent = u32[e] as number;
    // The root of a component is its first run, so its number is known when a later run asks for it.
    u32[e] = parent === i ? count++ : (u32[base + RUN_WORDS * parent + 3] as number);
  }
  return count;
}

/** Unites the runs of two rows that overlap, with `reach` voxels of slack at either end. */
function join(
  u32: Uint32Array,
  base: number,
  starts: number,
  rowA: number,
  rowB: number,
  reach: number,
): void {
  let a = u32[starts + rowA] as number;
  let b = u32[starts + rowB] as number;
  const aEnd = u32[starts + rowA + 1] as number;
  const bEnd = u32[starts + rowB + 1] as number;
  while (a < aEnd && b < bEnd) {
    const ea = base + RUN_WORDS * a;
    const eb = base + RUN_WORDS * b;
    const lastA = u32[ea + 1] as number;
    const lastB = u32[eb + 1] as number;
    if ((u32[ea] as number) <= lastB + reach && (u32[eb] as number) <= lastA + reach) {
      const p = rootOf(u32, base, a);
      const q = rootOf(u32, base, b);
      if (p < q) u32[base + RUN_WORDS * q + 3] = p;
      else u32[base + RUN_WORDS * p + 3] = q;
    }
    if (lastA < lastB) a++;
    else b++;
  }
}

function rootOf(u32: Uint32Array, base: number, run: number): number {
  let at = run;
  for (;;) {
    const e = base + RUN_WORDS * at + 3;
    const parent = u32[e] as number;
    if (parent === at) return at;
    // Halve the path.
    const above = u32[base + RUN_WORDS * parent + 3] as number;
    u32[e] = above;
    at = above;
  }
}
