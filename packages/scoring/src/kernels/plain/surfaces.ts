import type { Views } from "../arena.ts";
import { ones, trailingZeros } from "./pack.ts";

/**
 * Marks in the surface grid `out` (zeroed before) each grid corner whose neighbourhood of 2×2×2 voxels (2×2 where
 * `flat`) is mixed. @returns how many.
 */
export function cornerSurface(
  m: Views,
  mask: number,
  blocks: number,
  ny: number,
  nz: number,
  flat: number,
  out: number,
  padY: number,
  padZ: number,
): number {
  const { u32 } = m;
  const words = 2 * blocks;
  const rows = ny + 2;
  const outRow = words + 2;
  const outRows = ny + 1 + 2 * padY;
  let count = 0;
  for (let z = 0; z < (flat ? 1 : nz + 1); z++) {
    for (let y = 0; y <= ny; y++) {
      // a, b: the plane before, rows y-1 and y; c, d: this plane. A flat image is its own plane before.
      const c = (mask >>> 2) + ((z + 1) * rows + y) * words;
      const a = flat ? c : c - rows * words;
      const to = (out >>> 2) + ((z + padZ) * outRows + y + padY) * outRow;
      let anyBefore = 0;
      let allBefore = 0;
      for (let k = 0; k < words; k++) {
        const wa = u32[a + k] as number;
        const wb = u32[a + words + k] as number;
        const wc = u32[c + k] as number;
        const wd = u32[c + words + k] as number;
        const any = wa | wb | wc | wd;
        if ((any | anyBefore) === 0) continue;
        const all = wa & wb & wc & wd;
        const surface = (any | (any << 1) | anyBefore) & ~(all & ((all << 1) | allBefore));
        anyBefore = any >>> 31;
        allBefore = all >>> 31;
        if (surface !== 0) {
          u32[to + k] = surface;
          count += ones(surface);
        }
      }
    }
  }
  return count;
}

/**
 * The class (u8) of each marked corner in scan order, and to `tally` (u32, zeroed before) how many there are of each:
 * `classes[code]`, where the code has two bits, before and after in x, for each of the four rows around the corner, the
 * lowest for the one before in y and z, then after in y, after in z, and after in both.
 */
export function cornerClasses(
  m: Views,
  mask: number,
  blocks: number,
  ny: number,
  nz: number,
  flat: number,
  surface: number,
  padY: number,
  padZ: number,
  classes: number,
  out: number,
  tally: number,
): void {
  const { u8, u32 } = m;
  const words = 2 * blocks;
  const rows = ny + 2;
  const outRow = words + 2;
  const outRows = ny + 1 + 2 * padY;
  let to = out;
  for (let z = 0; z < (flat ? 1 : nz + 1); z++) {
    for (let y = 0; y <= ny; y++) {
      const c = (mask >>> 2) + ((z + 1) * rows + y) * words;
      const a = flat ? c : c - rows * words;
      const from = (surface >>> 2) + ((z + padZ) * outRows + y + padY) * outRow;
      for (let k = 0; k < words; k++) {
        let left = u32[from + k] as number;
        if (left === 0) continue;
        const wa = u32[a + k] as number;
        const wb = u32[a + words + k] as number;
        const wc = u32[c + k] as number;
        const wd = u32[c + words + k] as number;
        // The voxel before in x. A row's first word has nothing before it: words of the row above must not leak in.
        const first = k === 0;
        const pa = (wa << 1) | (first ? 0 : (u32[a + k - 1] as number) >>> 31);
        const pb = (wb << 1) | (first ? 0 : (u32[a + words + k - 1] as number) >>> 31);
        const pc = (wc << 1) | (first ? 0 : (u32[c + k - 1] as number) >>> 31);
        const pd = (wd << 1) | (first ? 0 : (u32[c + words + k - 1] as number) >>> 31);
        while (left !== 0) {
          const i = trailingZeros(left);
          left &= left - 1;
          const code =
            ((pa >>> i) & 1) |
            (((wa >>> i) & 1) << 1) |
            (((pb >>> i) & 1) << 2) |
            (((wb >>> i) & 1) << 3) |
            (((pc >>> i) & 1) << 4) |
            (((wc >>> i) & 1) << 5) |
            (((pd >>> i) & 1) << 6) |
            (((wd >>> i) & 1) << 7);
          const group = u8[classes + code] as number;
          u8[to++] = group;
          const t = (tally >>> 2) + group;
          u32[t] = (u32[t] as number) + 1;
        }
      }
    }
  }
}

/**
 * Marks in the surface grid `out` (zeroed before) each voxel of the mask that lacks a neighbour across a face (an edge
 * where `flat`); outside the image there is nothing. @returns how many.
 */
export function voxelSurface(
  m: Views,
  mask: number,
  blocks: number,
  ny: number,
  nz: number,
  flat: number,
  out: number,
  padY: number,
  padZ: number,
): number {
  const { u32 } = m;
  const words = 2 * blocks;
  const plane = words * (ny + 2);
  const outRow = words + 2;
  const outRows = ny + 1 + 2 * padY;
  let count = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = (mask >>> 2) + (z + 1) * plane + (y + 1) * words;
      const to = (out >>> 2) + ((z + padZ) * outRows + y + padY) * outRow;
      for (let k = 0; k < words; k++) {
        const w = u32[row + k] as number;
        if (w === 0) continue;
        const before = k === 0 ? 0 : (u32[row + k - 1] as number) >>> 31;
        const after = k === words - 1 ? 0 : (u32[row + k + 1] as number) << 31;
        let inner = ((w << 1) | before) & ((w >>> 1) | after);
        inner &= (u32[row + k - words] as number) & (u32[row + k + words] as number);
        if (!flat) inner &= (u32[row + k - plane] as number) & (u32[row + k + plane] as number);
        const surface = w & ~inner;
        if (surface !== 0) {
          u32[to + k] = surface;
          count += ones(surface);
        }
      }
    }
  }
  return count;
}
