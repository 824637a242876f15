import { CLASS_BYTES, RING_BYTES } from "./layout";

/** Words with at most so many elements are searched element by element. */
const FEW: u32 = 4;
const NO_SQUARE: u32 = 0xffff;

/** Bits of a 64-bit window before those of the 32 elements asked about. */
const MARGIN: u64 = 16;

/**
 * As the plain one; but where a word holds few elements, the rows around each are looked at group by group, nearest
 * first: the bits of a group's rows, together, tell the smallest dx at once. Squares are compared by their index.
 */
export function near(
  query: usize,
  target: usize,
  rowWords: u32,
  rows: u32,
  y0: u32,
  y1: u32,
  z0: u32,
  z1: u32,
  classes: usize,
  areas: u32,
  patience: u32,
  table: usize,
  tableLength: u32,
  groups: usize,
  rings: usize,
  ringCount: u32,
  scratch: usize,
  histogram: usize,
  far: usize,
): u32 {
  const end = table + <usize>tableLength * CLASS_BYTES;
  let farAt = far;
  let ordinal = classes;
  let streak: u32 = 0;
  let skip: u32 = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = (<usize>z * rows + y) * rowWords;
      for (let k: usize = 0; k < rowWords; k++) {
        const all = load<u32>(query + ((row + k) << 2));
        if (all === 0) continue;
        let open = all;
        // Two bytes early, so that one load sees 16 elements to either side.
        const base = target + ((row + k) << 2) - 2;
        if (skip > 0) {
          skip--;
        } else {
          if (<u32>popcnt(all) <= FEW) {
            let each = all;
            while (each !== 0) {
              const bit = each & (0 - each);
              const x = ((<usize>k) << 5) + <usize>ctz(each);
              each ^= bit;
              const square = nearestOf(target + (row << 2), x, rings, ringCount);
              if (square === NO_SQUARE) continue;
              open ^= bit;
              const group: u32 = classes === 0 ? 0 : load<u8>(ordinal + <usize>popcnt(all & (bit - 1)));
              const b = histogram + ((<usize>(square * areas) + group) << 2);
              store<u32>(b, load<u32>(b) + 1);
            }
          } else {
            open = byClasses(
              base,
              all,
              table,
              end,
              groups,
              scratch,
              histogram,
              classes === 0 ? 0 : ordinal,
              areas,
            );
          }
          if (open === all) {
            if (streak < patience) streak++;
            skip = (1 << streak) - 1;
          } else {
            streak = 0;
          }
        }
        while (open !== 0) {
          const i = ctz(open);
          const below = (open & (0 - open)) - 1;
          open &= open - 1;
          const group: u64 = classes === 0 ? 0 : <u64>load<u8>(ordinal + <usize>popcnt(all & below));
          store<u64>(farAt, ((<u64>k) << 5) | <u64>i | ((<u64>y) << 16) | ((<u64>z) << 32) | (group << 48));
          farAt += 8;
        }
        if (classes !== 0) ordinal += <usize>popcnt(all);
      }
    }
  }
  return <u32>((farAt - far) >> 3);
}

/** The index of the square of the nearest element of the target to element `x` of a row, or NO_SQUARE. */
function nearestOf(row: usize, x: usize, rings: usize, ringCount: u32): u32 {
  // From 16 elements before on, at whole bytes; a grid has bytes of zeros before its first word.
  const base = row + (x >> 3) - 2;
  const shift = <u64>(x & 7);
  let best = NO_SQUARE;
  const end = rings + <usize>ringCount * RING_BYTES;
  for (let ring = rings; ring < end; ring += RING_BYTES) {
    if (load<u16>(ring, 20) >= best) break;
    let window = load<u64>(base + load<i32>(ring));
    const n = load<i32>(ring, 16);
    if (n > 1) {
      window |= load<u64>(base + load<i32>(ring, 4));
      if (n > 2) window |= load<u64>(base + load<i32>(ring, 8)) | load<u64>(base + load<i32>(ring, 12));
    }
    window >>= shift;
    const after = ctz(window >> MARGIN);
    const before = clz(window << (63 - MARGIN));
    const dx = min(after, before);
    if (dx > MARGIN) continue;
    best = min(best, <u32>load<u16>(ring + ((<usize>dx) << 1), 20));
  }
  return best;
}

/** All elements of a word at once, class by class. @returns those that found nothing. */
function byClasses(
  base: usize,
  all: u32,
  table: usize,
  end: usize,
  groups: usize,
  scratch: usize,
  histogram: usize,
  ordinal: usize,
  areas: u32,
): u32 {
  let open = all;
  for (let e = table; e < end; e += CLASS_BYTES) {
    const code = load<u32>(e);
    const dx = <u64>(code & 255);
    const group = <usize>(code >> 16);
    const s = scratch + (group << 3);
    let hit: u32;
    if (dx === 0) {
      const g = groups + (group << 4);
      let window = load<u64>(base + (load<i32>(g) << 2));
      const n = (code >> 8) & 255;
      if (n > 1) {
        window |= load<u64>(base + (load<i32>(g, 4) << 2));
        if (n > 2) {
          window |= load<u64>(base + (load<i32>(g, 8) << 2)) | load<u64>(base + (load<i32>(g, 12) << 2));
        }
      }
      store<u64>(s, window);
      hit = <u32>(window >> MARGIN) & open;
    } else {
      const window = load<u64>(s);
      hit = <u32>((window >> (MARGIN + dx)) | (window >> (MARGIN - dx))) & open;
    }
    if (hit === 0) continue;
    open ^= hit;
    const bin = histogram + ((<usize>(load<u32>(e, 4) * areas)) << 2);
    if (ordinal === 0) {
      store<u32>(bin, load<u32>(bin) + <u32>popcnt(hit));
    } else {
      do {
        const below = (hit & (0 - hit)) - 1;
        hit &= hit - 1;
        const b = bin + ((<usize>load<u8>(ordinal + <usize>popcnt(all & below))) << 2);
        store<u32>(b, load<u32>(b) + 1);
      } while (hit !== 0);
    }
    if (open === 0) break;
  }
  return open;
}
