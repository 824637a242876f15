import type { Views } from "../arena.ts";
import { CLASS_BYTES } from "../offsets.ts";
import { trailingZeros } from "./pack.ts";

/**
 * For each element of the surface grid `query`, its nearest element of `target` by trying offsets, nearest first, for
 * 32 elements at once. Counts into `histogram[square × areas + class]`; what no offset reaches is written to `far`
 * as four u16: x, y, z in the grid, class, or to nowhere with `far` 0. After words without any answer, up to 2^patience - 1 words are left to the far
 * search unasked; with patience 0 none is. @returns how many elements are left.
 */
export function near(
  m: Views,
  query: number,
  target: number,
  rowWords: number,
  rows: number,
  y0: number,
  y1: number,
  z0: number,
  z1: number,
  classes: number,
  areas: number,
  patience: number,
  table: number,
  tableLength: number,
  groups: number,
  _rings: number,
  _ringCount: number,
  scratch: number,
  histogram: number,
  far: number,
): number {
  const { u8, u16, u32, i32 } = m;
  const hist = histogram >>> 2;
  const rowsOf = groups >>> 2;
  const end = (table + tableLength * CLASS_BYTES) >>> 2;
  const aimed = target >>> 2;
  const seen = scratch >>> 2;
  let farAt = far >>> 1;
  let left = 0;
  let ordinal = classes;
  let streak = 0;
  let skip = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = (z * rows + y) * rowWords;
      for (let k = 0; k < rowWords; k++) {
        const all = u32[(query >>> 2) + row + k] as number;
        if (all === 0) continue;
        let open = all;
        const base = aimed + row + k;
        if (skip > 0) {
          skip--;
        } else {
          for (let e = table >>> 2; e < end; e += 2) {
            const code = u32[e] as number;
            const dx = code & 255;
            const s = seen + 4 * (code >>> 16);
            let hit: number;
            if (dx === 0) {
              const g = rowsOf + 4 * (code >>> 16);
              let p = base + (i32[g] as number);
              let before = u32[p - 1] as number;
              let here = u32[p] as number;
              let after = u32[p + 1] as number;
              const n = (code >>> 8) & 255;
              for (let r = 1; r < n; r++) {
                p = base + (i32[g + r] as number);
                before |= u32[p - 1] as number;
                here |= u32[p] as number;
                after |= u32[p + 1] as number;
              }
              u32[s] = before;
              u32[s + 1] = here;
              u32[s + 2] = after;
              hit = here & open;
            } else {
              const here = u32[s + 1] as number;
              const back = 32 - dx;
              hit =
                ((here >>> dx) |
                  ((u32[s + 2] as number) << back) |
                  (here << dx) |
                  ((u32[s] as number) >>> back)) &
                open;
            }
            if (hit === 0) continue;
            open ^= hit;
            const bin = hist + (u32[e + 1] as number) * areas;
            if (classes === 0) {
              while (hit !== 0) {
                hit &= hit - 1;
                u32[bin] = (u32[bin] as number) + 1;
              }
            } else {
              while (hit !== 0) {
                const i = trailingZeros(hit);
                hit &= hit - 1;
                const b = bin + (u8[ordinal + rank(all, i)] as number);
                u32[b] = (u32[b] as number) + 1;
              }
            }
            if (open === 0) break;
          }
          if (open === all) {
            if (streak < patience) streak++;
            skip = (1 << streak) - 1;
          } else {
            streak = 0;
          }
        }
        left += rank(open, 32);
        while (far !== 0 && open !== 0) {
          const i = trailingZeros(open);
          open &= open - 1;
          u16[farAt] = (k << 5) | i;
          u16[farAt + 1] = y;
          u16[farAt + 2] = z;
          u16[farAt + 3] = classes === 0 ? 0 : (u8[ordinal + rank(all, i)] as number);
          farAt += 4;
        }
        if (classes !== 0) ordinal += rank(all, 32);
      }
    }
  }
  return left;
}

/** How many bits of the word lie below bit `i` (all, for 32). */
function rank(word: number, i: number): number {
  let w = i === 32 ? word : word & ((1 << i) - 1);
  w -= (w >>> 1) & 0x55555555;
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
