import type { Views } from "../arena.ts";
import { NEAR_X } from "../layout.ts";
import { CLASS_BYTES, RING_BYTES } from "../offsets.ts";
import { ones, trailingZeros } from "./pack.ts";

const NO_SQUARE = 0xffff;
/** Where a ring has its squares, in u16. */
const RING_SQUARES = 4;

/**
 * For each element of the surface grid `query`, its nearest element of `target`. Where a word of 32 elements holds
 * many, offsets are tried for all of them at once, nearest first; where it holds few, the rows around each are looked
 * at, nearest first. Counts into `histogram[square × areas + class]`; what no offset reaches is written to `far` as four
 * u16: x, y, z in the grid, class, or to nowhere with `far` 0. After words without any answer, up to 2^patience - 1
 * words are left to the far search unasked; with patience 0 none is. @returns how many elements are left.
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
  rings: number,
  ringCount: number,
  scratch: number,
  histogram: number,
  far: number,
): number {
  const { u8, u16, u32 } = m;
  const few = Math.floor(tableLength / (3 * ringCount));
  const reach = far === 0 ? reachOf(u32, table, tableLength) : 0;
  const bins = histogram >>> 2;
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
        const base = (target >>> 2) + row + k;
        if (skip > 0) {
          skip--;
        } else {
          // With nobody interested in what is beyond, most words are done once it is clear that all their elements are.
          let asked = far === 0 ? all & anyNear(m, base, rings, ringCount, reach) : all;
          open ^= asked;
          if (ones(asked) > few) {
            open |= byClasses(m, base, all, asked, table, tableLength, groups, scratch, bins, ordinal, areas);
          } else {
            for (; asked !== 0; asked &= asked - 1) {
              const i = trailingZeros(asked);
              const square = nearestOf(m, base, i, rings, ringCount);
              if (square === NO_SQUARE) {
                open |= 1 << i;
                continue;
              }
              const bin = bins + square * areas + classOf(u8, ordinal, all, i);
              u32[bin] = (u32[bin] as number) + 1;
            }
          }
          if ((open ^ all) === 0) {
            if (streak < patience) streak++;
            skip = (1 << streak) - 1;
          } else {
            streak = 0;
          }
        }
        left += ones(open);
        for (; far !== 0 && open !== 0; open &= open - 1) {
          const i = trailingZeros(open);
          u16[farAt] = (k << 5) | i;
          u16[farAt + 1] = y;
          u16[farAt + 2] = z;
          u16[farAt + 3] = classOf(u8, ordinal, all, i);
          farAt += 4;
        }
        if (classes !== 0) ordinal += ones(all);
      }
    }
  }
  return left;
}

/** The class of element `i` of a word, whose first element has its class at `ordinal`; 0 where there is one class. */
function classOf(u8: Uint8Array, ordinal: number, all: number, i: number): number {
  return ordinal === 0 ? 0 : (u8[ordinal + ones(all & ((1 << i) - 1))] as number);
}

/** The largest dx of all classes. */
function reachOf(u32: Uint32Array, table: number, length: number): number {
  let reach = 0;
  for (let e = 0; e < length; e++) reach = Math.max(reach, (u32[(table >>> 2) + 2 * e] as number) & 255);
  return reach;
}

/** Which of the 32 elements may have something near: all rings as one, and as wide as the widest. */
function anyNear({ i32, u32 }: Views, base: number, rings: number, ringCount: number, reach: number): number {
  let before = 0;
  let here = 0;
  let after = 0;
  for (let ring = 0; ring < ringCount; ring++) {
    const e = (rings + ring * RING_BYTES) >>> 2;
    const p = (i32[e] as number) >> 2;
    const q = (i32[e + 1] as number) >> 2;
    before |= around(u32, base - 1, p, q);
    here |= around(u32, base, p, q);
    after |= around(u32, base + 1, p, q);
  }
  let wide = here;
  for (let dx = 1; dx <= reach; dx++) {
    wide |= (here << dx) | (before >>> (32 - dx)) | (here >>> dx) | (after << (32 - dx));
  }
  return wide;
}

/** A word of a ring's rows, together: four, or two or one of them more than once. */
function around(u32: Uint32Array, at: number, p: number, q: number): number {
  return (
    (u32[at + p] as number) | (u32[at - p] as number) | (u32[at + q] as number) | (u32[at - q] as number)
  );
}

/** The index of the square of the nearest element of the target to element `i` of a word, or NO_SQUARE. */
function nearestOf(
  { i32, u16, u32 }: Views,
  base: number,
  i: number,
  rings: number,
  ringCount: number,
): number {
  let best = NO_SQUARE;
  for (let ring = 0; ring < ringCount; ring++) {
    const e = (rings + ring * RING_BYTES) >>> 2;
    const squares = 2 * e + RING_SQUARES;
    if ((u16[squares] as number) >= best) break;
    const p = (i32[e] as number) >> 2;
    const q = (i32[e + 1] as number) >> 2;
    const here = around(u32, base, p, q);
    // From the element on to either side, 32 of them. A shift by 32 would be one by 0.
    const up = (here >>> i) | ((around(u32, base + 1, p, q) << 1) << (31 - i));
    const down = (here << (31 - i)) | ((around(u32, base - 1, p, q) >>> 1) >>> i);
    const dx = Math.min(up === 0 ? 32 : trailingZeros(up), Math.clz32(down));
    if (dx > NEAR_X) continue;
    best = Math.min(best, u16[squares + dx] as number);
  }
  return best;
}

/** The asked elements of a word at once, class by class. @returns those that found nothing. */
function byClasses(
  { i32, u8, u32 }: Views,
  base: number,
  all: number,
  asked: number,
  table: number,
  tableLength: number,
  groups: number,
  scratch: number,
  bins: number,
  ordinal: number,
  areas: number,
): number {
  const end = (table + tableLength * CLASS_BYTES) >>> 2;
  let open = asked;
  for (let e = table >>> 2; e < end; e += 2) {
    const code = u32[e] as number;
    const dx = code & 255;
    const s = (scratch >>> 2) + 4 * (code >>> 16);
    let hit: number;
    if (dx === 0) {
      const g = (groups >>> 2) + 4 * (code >>> 16);
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
        ((here >>> dx) | ((u32[s + 2] as number) << back) | (here << dx) | ((u32[s] as number) >>> back)) &
        open;
    }
    if (hit === 0) continue;
    open ^= hit;
    const bin = bins + (u32[e + 1] as number) * areas;
    for (; hit !== 0; hit &= hit - 1) {
      const b = bin + classOf(u8, ordinal, all, trailingZeros(hit));
      u32[b] = (u32[b] as number) + 1;
    }
    if (open === 0) break;
  }
  return open;
}
