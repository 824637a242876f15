import { NEAR_X } from "./layout.ts";

const NEAR_Y = 16;
const NEAR_Z = 16;
/** More classes resolve more elements in the near search, but cost time where nothing is near. */
const CLASSES_MAX = 1024;

/**
 * The offsets that the near search tries, nearest first. One class stands for the up to eight offsets
 * (±dx, ±dy, ±dz); classes that share dy and dz form a group, whose rows are looked up once, by the class with dx 0,
 * which always comes first.
 */
export interface NearOffsets {
  readonly dx: Uint8Array;
  readonly dy: Uint8Array;
  readonly dz: Uint8Array;
  readonly group: Uint16Array;
  readonly groups: number;
  /** Index into `squares` of each class. */
  readonly square: Uint16Array;
  /** The distinct squared distances, mm², ascending. */
  readonly squares: Float64Array;
  /**
   * Whatever is nearer than this is always found; with room for the root's rounding, so that comparing roots with a
   * tolerance below it gives the same as with all distances known.
   */
  readonly coversMm: number;
  /** Rows and planes that a surface grid must be padded with. */
  readonly padY: number;
  readonly padZ: number;
}

/** (d·s)², rounded as everywhere: the near and the far search must agree to the last bit. */
function square(d: number, spacing: number): number {
  return d * spacing * (d * spacing);
}

/** Made once for each spacing: a folder of cases mostly has few, and making one takes as long as a small case. */
const known = new Map<string, NearOffsets>();
const KNOWN_MAX = 16;

/** For `flat` images dz is always 0. Spacing in mm. */
export function nearOffsets(spacing: readonly [number, number, number], flat: boolean): NearOffsets {
  const key = `${spacing.join()} ${flat}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= KNOWN_MAX) known.clear();
  const made = makeOffsets(spacing, flat);
  known.set(key, made);
  return made;
}

function makeOffsets(spacing: readonly [number, number, number], flat: boolean): NearOffsets {
  const [sx, sy, sz] = spacing;
  // Whatever is nearer than the first offset that cannot be tried is complete, and nothing beyond may be claimed.
  const limit = Math.min(
    square(NEAR_X + 1, sx),
    square(NEAR_Y + 1, sy),
    flat ? Number.POSITIVE_INFINITY : square(NEAR_Z + 1, sz),
  );
  const found: { d2: number; dx: number; dy: number; dz: number }[] = [];
  for (let dz = 0; dz <= (flat ? 0 : NEAR_Z); dz++) {
    for (let dy = 0; dy <= NEAR_Y; dy++) {
      for (let dx = 0; dx <= NEAR_X; dx++) {
        const d2 = square(dx, sx) + square(dy, sy) + square(dz, sz);
        if (d2 < limit) found.push({ d2, dx, dy, dz });
      }
    }
  }
  found.sort((a, b) => a.d2 - b.d2 || a.dx - b.dx || a.dy - b.dy || a.dz - b.dz);
  const kept = found.slice(0, CLASSES_MAX);
  const covered = Math.min(limit, found[CLASSES_MAX]?.d2 ?? limit);
  const groups = new Map<number, number>();
  const squares: number[] = [];
  const group = new Uint16Array(kept.length);
  const index = new Uint16Array(kept.length);
  kept.forEach(({ d2, dy, dz }, i) => {
    const key = dy * 256 + dz;
    const own = groups.get(key) ?? groups.size;
    groups.set(key, own);
    group[i] = own;
    if (squares.at(-1) !== d2) squares.push(d2);
    index[i] = squares.length - 1;
  });
  return {
    dx: Uint8Array.from(kept, (one) => one.dx),
    dy: Uint8Array.from(kept, (one) => one.dy),
    dz: Uint8Array.from(kept, (one) => one.dz),
    group,
    groups: groups.size,
    square: index,
    squares: Float64Array.from(squares),
    coversMm: Math.sqrt(covered) * (1 - 1e-12),
    padY: Math.max(...kept.map((one) => one.dy)),
    padZ: Math.max(...kept.map((one) => one.dz)),
  };
}

export const CLASS_BYTES = 8;
export const GROUP_OFFSET_BYTES = 16;

/**
 * The tables that the near kernels read. Per class two words: dx, number of rows (1, 2 or 4) << 8 and group << 16; then
 * the square. Per group the offsets of its rows in words. Classes that leave the padding are left out, for no two elements
 * of the box are as far apart, and so are those beyond `withinMm`. @returns the number of classes.
 */
export function writeClasses(
  offsets: NearOffsets,
  rowWords: number,
  rows: number,
  padY: number,
  padZ: number,
  withinMm: number,
  out: Int32Array,
  classesAt: number,
  groupsAt: number,
): number {
  let n = 0;
  for (let i = 0; i < offsets.dx.length; i++) {
    const dx = offsets.dx[i] as number;
    const dy = offsets.dy[i] as number;
    const dz = offsets.dz[i] as number;
    const group = offsets.group[i] as number;
    if (dy > padY || dz > padZ) continue;
    if (Math.sqrt(offsets.squares[offsets.square[i] as number] as number) > withinMm) break;
    const count = dy === 0 && dz === 0 ? 1 : dy === 0 || dz === 0 ? 2 : 4;
    out[classesAt + 2 * n] = dx | (count << 8) | (group << 16);
    out[classesAt + 2 * n + 1] = offsets.square[i] as number;
    n++;
    if (dx > 0) continue;
    const down = dy * rowWords;
    const deep = dz * rows * rowWords;
    const g = groupsAt + 4 * group;
    out[g] = down + deep;
    out[g + 1] = -down - deep;
    out[g + 2] = down - deep;
    out[g + 3] = deep - down;
  }
  return n;
}

export const RING_BYTES = 64;
const NO_SQUARE = 0xffff;

/**
 * The same offsets once more, for kernels that look at one element at a time: per group of rows, nearest first, two
 * i32 which with either sign are the offsets of its rows in bytes, and as u16 the square for each dx from 0 to NEAR_X,
 * or 65,535 where there is no such class. @returns the number of groups.
 */
export function writeRings(
  offsets: NearOffsets,
  rowWords: number,
  rows: number,
  padY: number,
  padZ: number,
  withinMm: number,
  i32: Int32Array,
  u16: Uint16Array,
  at: number,
): number {
  const ringOf = new Map<number, number>();
  for (let i = 0; i < offsets.dx.length; i++) {
    const dx = offsets.dx[i] as number;
    const dy = offsets.dy[i] as number;
    const dz = offsets.dz[i] as number;
    const group = offsets.group[i] as number;
    const square = offsets.square[i] as number;
    if (dy > padY || dz > padZ) continue;
    if (Math.sqrt(offsets.squares[square] as number) > withinMm) break;
    let ring = ringOf.get(group);
    if (ring === undefined) {
      ring = ringOf.size;
      ringOf.set(group, ring);
      const e = (at + ring * RING_BYTES) >>> 2;
      const down = 4 * dy * rowWords;
      const deep = 4 * dz * rows * rowWords;
      i32[e] = down + deep;
      i32[e + 1] = down - deep;
      u16.fill(NO_SQUARE, 2 * e + 4, 2 * e + 32);
    }
    u16[((at + ring * RING_BYTES) >>> 1) + 4 + dx] = square;
  }
  return ringOf.size;
}
