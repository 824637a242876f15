import { CLASS_BYTES, RING_BYTES } from "./layout";

const NO_SQUARE: u32 = 0xffff;

/** Bits of a 64-bit window before those of the 32 elements asked about. */
const MARGIN: u64 = 16;

/**
 * As the plain one; but where a word holds few elements, the rows around them are looked at group by group, nearest
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
  const ringsEnd = rings + <usize>ringCount * RING_BYTES;
  // What is quicker was measured: a ring for one element, or three classes for a whole word.
  const few = <i32>(tableLength / (3 * ringCount));
  const reach = far === 0 ? reachOf(table, end) : 0;
  let farAt = far;
  let left: u32 = 0;
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
          // With nobody interested in what is beyond, most words are done once it is clear that all their elements are.
          let asked = far === 0 ? all & anyNear(base, rings, ringsEnd, reach) : all;
          open ^= asked;
          if (<i32>popcnt(asked) > few) {
            open |= byClasses(base, all, asked, table, end, groups, scratch, histogram, ordinal, areas);
          } else {
            while (asked !== 0) {
              const bit = asked & (0 - asked);
              asked ^= bit;
              const square = nearestOf(base, ctz(bit), rings, ringsEnd);
              if (square === NO_SQUARE) {
                open |= bit;
                continue;
              }
              const group: u32 = classes === 0 ? 0 : load<u8>(ordinal + <usize>popcnt(all & (bit - 1)));
              const b = histogram + ((<usize>(square * areas + group)) << 2);
              store<u32>(b, load<u32>(b) + 1);
            }
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
          while (open !== 0) {
            const i = ctz(open);
            const below = (open & (0 - open)) - 1;
            open &= open - 1;
            const group: u64 = classes === 0 ? 0 : <u64>load<u8>(ordinal + <usize>popcnt(all & below));
            store<u64>(farAt, ((<u64>k) << 5) | <u64>i | ((<u64>y) << 16) | ((<u64>z) << 32) | (group << 48));
            farAt += 8;
          }
        }
        if (classes !== 0) ordinal += <usize>popcnt(all);
      }
    }
  }
  return left;
}

/** The largest dx of all classes. */
function reachOf(table: usize, end: usize): u32 {
  let reach: u32 = 0;
  for (let e = table; e < end; e += CLASS_BYTES) reach = max(reach, load<u32>(e) & 255);
  return reach;
}

/** A ring's rows, together: four, or two or one of them more than once. */
function ringWindow(base: usize, ring: usize): u64 {
  const p = load<i32>(ring);
  const q = load<i32>(ring, 4);
  return load<u64>(base + p) | load<u64>(base - p) | load<u64>(base + q) | load<u64>(base - q);
}

/** Of each dx the square, as an index, at twice that many bytes. */
const RING_SQUARES: usize = 8;

/** Which of the 32 elements may have something near: all rings as one, and as wide as the widest. */
function anyNear(base: usize, rings: usize, end: usize, reach: u32): u32 {
  let window: u64 = 0;
  for (let ring = rings; ring < end; ring += RING_BYTES) window |= ringWindow(base, ring);
  let wide = window;
  for (let dx: u64 = 1; dx <= reach; dx++) wide |= (window << dx) | (window >> dx);
  return <u32>(wide >> MARGIN);
}

/** The index of the square of the nearest element of the target to element `i` of a word, or NO_SQUARE. */
function nearestOf(base: usize, i: u32, rings: usize, end: usize): u32 {
  const up = MARGIN + <u64>i;
  const down = 63 - up;
  let best = NO_SQUARE;
  for (let ring = rings; ring < end; ring += RING_BYTES) {
    if (<u32>load<u16>(ring, RING_SQUARES) >= best) break;
    const window = ringWindow(base, ring);
    const dx = min(ctz(window >> up), clz(window << down));
    if (dx > MARGIN) continue;
    best = min(best, <u32>load<u16>(ring + ((<usize>dx) << 1), RING_SQUARES));
  }
  return best;
}

/** The asked elements of a word at once, class by class. @returns those that found nothing. */
function byClasses(
  base: usize,
  all: u32,
  asked: u32,
  table: usize,
  end: usize,
  groups: usize,
  scratch: usize,
  histogram: usize,
  ordinal: usize,
  areas: u32,
): u32 {
  let open = asked;
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
