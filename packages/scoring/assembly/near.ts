import { TIER_RANKS } from "./layout";
import { drawPlane, NONE, rowBytes, TILE } from "./steps";

/**
 * As the plain one, but for tiles of 4 × 4 elements in x and y, each a byte of a vector: around a tile the rows of each
 * ring, nearest first, tell of every element how many steps along x the nearest target is away (steps.ts), and a table
 * of the ring turns that into a rank. Ranks of a tier are 255 for its nearest square down to 1; what a tier leaves open
 * is for the next. Planes are drawn when they come within reach and overwritten when they are out of it.
 */
export function near(
  query: usize,
  target: usize,
  rowWords: u32,
  rows: u32,
  x0: u32,
  x1: u32,
  y0: u32,
  y1: u32,
  z0: u32,
  z1: u32,
  classes: usize,
  areas: u32,
  patience: u32,
  tables: usize,
  scratch: usize,
  histogram: usize,
  far: usize,
): u32 {
  const tierCount = load<u32>(tables, 8);
  const ringCount = load<u32>(tables, 12);
  const reachY = load<u32>(tables, 16);
  const reachZ = load<u32>(tables, 20);
  const rings = tables + <usize>load<u32>(tables, 24);
  const tiers = tables + <usize>load<u32>(tables, 28);
  const tierBytes = ((<usize>ringCount) << 4) + 16;

  const firstX = x0 & ~(TILE - 1);
  const columns = (((x1 - firstX) >> 4) + 1) << 2;
  const above = (reachY + 3) & ~3;
  const columnBytes = (<usize>(above + ((y1 - y0 + 3) & ~3) + above)) << 2;
  const planeBytes = columnBytes * columns;
  // As many planes as can be within reach at once, and one without any element.
  const slots = min(2 * reachZ + 1, z1 - z0);
  const around = scratch + ROWS_AT;
  const buffer = around + ((<usize>ringCount) << 4);
  const steps = buffer + 4 * rowBytes(columns);
  memory.fill(steps, <u8>NONE, planeBytes * (slots + 1));
  const origin = steps + ((<usize>above) << 2);
  const nowhere = origin + planeBytes * slots;

  const rowSize = (<usize>rowWords) << 2;
  const wordsEnd = (<usize>(x1 >> 6) + 1) << 3;
  let drawn = z0;
  let farAt = far;
  let left: u32 = 0;
  let ordinal = classes;
  let streak: u32 = 0;
  let skip: u32 = 0;
  for (let z = z0; z < z1; z++) {
    let ready = false;
    for (let y = y0; y < y1; y += TILE) {
      const row = query + (<usize>z * rows + y) * rowSize;
      const inside = min(y1 - y, TILE);
      if (classes !== 0) ordinal = findOrdinals(row, rowSize, wordsEnd, inside, ordinal, scratch);
      for (let k: usize = 0; k < wordsEnd; k += 8) {
        const a = load<u64>(row + k);
        const b: u64 = inside > 1 ? load<u64>(row + rowSize + k) : 0;
        const c: u64 = inside > 2 ? load<u64>(row + 2 * rowSize + k) : 0;
        const d: u64 = inside > 3 ? load<u64>(row + 3 * rowSize + k) : 0;
        let any = a | b | c | d;
        if (any === 0) continue;
        if (!ready) {
          ready = true;
          const low = z - min(reachZ, z - z0);
          for (drawn = max(drawn, low); drawn <= min(z + reachZ, z1 - 1); drawn++) {
            const grid = target + (<usize>drawn * rows + y0) * rowSize;
            const slot = origin + planeBytes * ((drawn - z0) % slots);
            drawPlane(grid, rowWords, y1 - y0, firstX, columns, buffer, slot, columnBytes);
          }
          for (let r: usize = 0; r < ringCount; r++) {
            const dy = (<usize>load<u16>(rings + (r << 2))) << 2;
            const dz = <u32>load<u16>(rings + (r << 2), 2);
            const before = z - z0 < dz ? nowhere : origin + planeBytes * ((z - dz - z0) % slots);
            const after = z + dz >= z1 ? nowhere : origin + planeBytes * ((z + dz - z0) % slots);
            const e = around + (r << 4);
            store<u32>(e, <u32>(before - dy));
            store<u32>(e, <u32>(before + dy), 4);
            store<u32>(e, <u32>(after - dy), 8);
            store<u32>(e, <u32>(after + dy), 12);
          }
        }
        store<u64>(scratch, a, WORDS_AT);
        store<u64>(scratch, b, WORDS_AT + 8);
        store<u64>(scratch, c, WORDS_AT + 16);
        store<u64>(scratch, d, WORDS_AT + 24);
        do {
          const s = <u64>ctz(any) & ~3;
          any &= ~((<u64>15) << s);
          const all =
            (<u32>(a >> s) & 15) |
            ((<u32>(b >> s) & 15) << 4) |
            ((<u32>(c >> s) & 15) << 8) |
            ((<u32>(d >> s) & 15) << 12);
          const x = <u32>(k << 3) + <u32>s;
          let open = all;
          if (skip > 0) {
            skip--;
          } else {
            const at = <usize>((x - firstX) >> 2) * columnBytes + ((<usize>(y - y0)) << 2);
            let bins = histogram;
            let tier = tiers;
            for (let t: u32 = 0; t < tierCount; t++) {
              const found = nearest(at, open, around, tier, scratch);
              for (let hits = found; hits !== 0; hits &= hits - 1) {
                const i = ctz(hits);
                const rank = TIER_RANKS - <u32>load<u8>(scratch + <usize>i);
                const group = classes === 0 ? 0 : classOf(scratch, i, s);
                const bin = bins + ((<usize>(rank * areas + group)) << 2);
                store<u32>(bin, load<u32>(bin) + 1);
              }
              open ^= found;
              if (open === 0) break;
              bins += (<usize>(TIER_RANKS * areas)) << 2;
              tier += tierBytes;
            }
            if (open === all) {
              if (streak < patience) streak++;
              skip = (1 << streak) - 1;
            } else {
              streak = 0;
            }
          }
          left += <u32>popcnt(open);
          if (far !== 0) {
            for (; open !== 0; open &= open - 1) {
              const i = <u32>ctz(open);
              const group: u64 = classes === 0 ? 0 : <u64>classOf(scratch, i, s);
              const place = <u64>(x + (i & 3)) | ((<u64>(y + (i >> 2))) << 16) | ((<u64>z) << 32);
              store<u64>(farAt, place | (group << 48));
              farAt += 8;
            }
          }
        } while (any !== 0);
        if (classes !== 0) {
          for (let j: usize = 0; j < 4; j++) {
            const o = scratch + ORDINALS_AT + (j << 2);
            store<u32>(o, load<u32>(o) + <u32>popcnt(load<u64>(scratch + (j << 3), WORDS_AT)));
          }
        }
      }
    }
  }
  return left;
}

/** In the scratch: the answers for a tile, its rows' words, the addresses of their first elements' classes, the rings. */
const WORDS_AT: usize = 16;
const ORDINALS_AT: usize = 48;
const ROWS_AT: usize = 64;

/** Where the classes of four rows' elements begin. @returns where those of the next rows do. */
function findOrdinals(
  row: usize,
  rowSize: usize,
  wordsEnd: usize,
  inside: u32,
  first: usize,
  scratch: usize,
): usize {
  let ordinal = first;
  for (let j: usize = 0; j < inside; j++) {
    store<u32>(scratch + (j << 2), <u32>ordinal, ORDINALS_AT);
    const from = row + j * rowSize;
    for (let p = from; p < from + wordsEnd; p += 8) ordinal += <usize>popcnt(load<u64>(p));
  }
  return ordinal;
}

/** The class of element `i` of the tile that begins at bit `s` of the rows' words. */
function classOf(scratch: usize, i: u32, s: u64): u32 {
  const j = <usize>(i >> 2);
  const before = ((<u64>1) << (s + <u64>(i & 3))) - 1;
  const n = <usize>popcnt(load<u64>(scratch + (j << 3), WORDS_AT) & before);
  return load<u8>(<usize>load<u32>(scratch + (j << 2), ORDINALS_AT) + n);
}

/**
 * Writes the ranks of the open elements' nearest targets within a tier. Two rings at a time, until no ring that is left
 * could improve any of them. @returns which have one.
 */
function nearest(at: usize, open: u32, around: usize, tier: usize, out: usize): u32 {
  let best = v128.not(lanes(open));
  let ring = tier + 16;
  const end = ring + ((<usize>load<u32>(tier)) << 4);
  let rows = around;
  while (ring < end && v128.any_true(i8x16.sub_sat_u(v128.load8_splat(ring), best))) {
    best = i8x16.max_u(best, i8x16.swizzle(v128.load(ring), stepsOf(rows, at)));
    best = i8x16.max_u(best, i8x16.swizzle(v128.load(ring, 16), stepsOf(rows + 16, at)));
    ring += 32;
    rows += 32;
  }
  v128.store(out, best);
  return open & i8x16.bitmask(i8x16.ne(best, i8x16.splat(0)));
}

/** The least of a ring's rows: four, or two or one of them more than once. */
function stepsOf(rows: usize, at: usize): v128 {
  return i8x16.min_u(
    i8x16.min_u(v128.load(<usize>load<u32>(rows) + at), v128.load(<usize>load<u32>(rows, 4) + at)),
    i8x16.min_u(v128.load(<usize>load<u32>(rows, 8) + at), v128.load(<usize>load<u32>(rows, 12) + at)),
  );
}

/** All bits of the bytes whose bit of the 16 is set. */
function lanes(bits: u32): v128 {
  const each = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const spread = i8x16.swizzle(i16x8.splat(<i16>bits), i32x4(0, 0, 0x01010101, 0x01010101));
  return i8x16.eq(v128.and(spread, each), each);
}
