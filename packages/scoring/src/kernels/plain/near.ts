import type { Views } from "../arena.ts";
import { NEAR_X } from "../layout.ts";
import { CLASS_BYTES } from "../near-tables.ts";
import { ones, trailingZeros } from "./pack.ts";

const NO_SQUARE = 0xffff;
/** Squares of a ring, one for each dx and one for those that are farther. */
const RING_SQUARES = NEAR_X + 2;

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
  _x0: number,
  _x1: number,
  y0: number,
  y1: number,
  z0: number,
  z1: number,
  classes: number,
  areas: number,
  patience: number,
  tables: number,
  _scratch: number,
  histogram: number,
  far: number,
): number {
  const { u8, u16, u32 } = m;
  const search = searchOf(m, tables, rowWords, rows, y0, z0);
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
          let asked = far === 0 ? all & anyNear(u32, base, search) : all;
          open ^= asked;
          if (ones(asked) > search.few) {
            open |= byClasses(m, base, all, asked, search, bins, ordinal, areas);
          } else {
            for (; asked !== 0; asked &= asked - 1) {
              const i = trailingZeros(asked);
              const square = nearestOf(u32, base, i, search);
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

/** The tables, with rows as offsets of words in grids of one size. */
interface Search {
  /** By class: dx, the number of its ring, and the index of its square. */
  readonly dx: Uint8Array;
  readonly ring: Uint16Array;
  readonly square: Uint16Array;
  /** By ring two numbers, which with either sign are the offsets of its rows. */
  readonly rows: Int32Array;
  /** By ring and dx. */
  readonly squares: Uint16Array;
  readonly rings: number;
  /** The largest dx. */
  readonly reach: number;
  /** What is quicker was measured: a ring for one element, or three classes for a whole word. */
  readonly few: number;
  /** Of each ring the rows of a word, together, with the words before and after. */
  readonly windows: Uint32Array;
}

/** Classes that leave the padding are left out, for no two elements of the box are as far apart. */
function searchOf(
  { u8, u32 }: Views,
  tables: number,
  rowWords: number,
  rows: number,
  padY: number,
  padZ: number,
): Search {
  const count = u32[tables >>> 2] as number;
  const first = tables + (u32[(tables >>> 2) + 1] as number);
  const [dx, ring, square] = [new Uint8Array(count), new Uint16Array(count), new Uint16Array(count)];
  const ringOf = new Int16Array(1 << 10).fill(-1);
  const offsets = new Int32Array(2 * count);
  const squares = new Uint16Array(RING_SQUARES * count).fill(NO_SQUARE);
  let kept = 0;
  let rings = 0;
  let reach = 0;
  for (let at = first; at < first + count * CLASS_BYTES; at += CLASS_BYTES) {
    const dy = u8[at + 1] as number;
    const dz = u8[at + 2] as number;
    if (dy > padY || dz > padZ) continue;
    const key = dy | (dz << 5);
    if (ringOf[key] === -1) {
      offsets[2 * rings] = dy * rowWords + dz * rows * rowWords;
      offsets[2 * rings + 1] = dy * rowWords - dz * rows * rowWords;
      ringOf[key] = rings++;
    }
    const own = ringOf[key] as number;
    const x = u8[at] as number;
    const index = u32[(at >>> 2) + 1] as number;
    dx[kept] = x;
    ring[kept] = own;
    square[kept++] = index;
    squares[RING_SQUARES * own + x] = index;
    reach = Math.max(reach, x);
  }
  return {
    dx: dx.subarray(0, kept),
    ring,
    square,
    rows: offsets,
    squares,
    rings,
    reach,
    few: Math.floor(kept / (3 * rings)),
    windows: new Uint32Array(3 * rings),
  };
}

/** Which of the 32 elements may have something near: all rings as one, and as wide as the widest. */
function anyNear(u32: Uint32Array, base: number, { rows, rings, reach }: Search): number {
  let before = 0;
  let here = 0;
  let after = 0;
  for (let ring = 0; ring < rings; ring++) {
    const p = rows[2 * ring] as number;
    const q = rows[2 * ring + 1] as number;
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
function nearestOf(u32: Uint32Array, base: number, i: number, { rows, squares, rings }: Search): number {
  let best = NO_SQUARE;
  for (let ring = 0; ring < rings; ring++) {
    const s = RING_SQUARES * ring;
    if ((squares[s] as number) >= best) break;
    const p = rows[2 * ring] as number;
    const q = rows[2 * ring + 1] as number;
    const here = around(u32, base, p, q);
    // From the element on to either side, 32 of them. A shift by 32 would be one by 0.
    const up = (here >>> i) | ((around(u32, base + 1, p, q) << 1) << (31 - i));
    const down = (here << (31 - i)) | ((around(u32, base - 1, p, q) >>> 1) >>> i);
    const dx = Math.min(up === 0 ? 32 : trailingZeros(up), Math.clz32(down), NEAR_X + 1);
    best = Math.min(best, squares[s + dx] as number);
  }
  return best;
}

/** The asked elements of a word at once, class by class. @returns those that found nothing. */
function byClasses(
  { u8, u32 }: Views,
  base: number,
  all: number,
  asked: number,
  { dx: steps, ring, square, rows, windows }: Search,
  bins: number,
  ordinal: number,
  areas: number,
): number {
  let open = asked;
  for (let e = 0; e < steps.length; e++) {
    const dx = steps[e] as number;
    const own = ring[e] as number;
    let hit: number;
    if (dx === 0) {
      const p = rows[2 * own] as number;
      const q = rows[2 * own + 1] as number;
      const here = around(u32, base, p, q);
      windows[3 * own] = around(u32, base - 1, p, q);
      windows[3 * own + 1] = here;
      windows[3 * own + 2] = around(u32, base + 1, p, q);
      hit = here & open;
    } else {
      const before = windows[3 * own] as number;
      const here = windows[3 * own + 1] as number;
      const after = windows[3 * own + 2] as number;
      const back = 32 - dx;
      hit = ((here >>> dx) | (after << back) | (here << dx) | (before >>> back)) & open;
    }
    if (hit === 0) continue;
    open ^= hit;
    const bin = bins + (square[e] as number) * areas;
    for (; hit !== 0; hit &= hit - 1) {
      const b = bin + classOf(u8, ordinal, all, trailingZeros(hit));
      u32[b] = (u32[b] as number) + 1;
    }
    if (open === 0) break;
  }
  return open;
}
