import type { Views } from "../arena.ts";
import { trailingZeros } from "./pack.ts";

/** Writes every element of a surface grid as a record: four u16: x, y, z, 0. @returns how many. */
export function collect(
  m: Views,
  surface: number,
  rowWords: number,
  rows: number,
  y0: number,
  y1: number,
  z0: number,
  z1: number,
  out: number,
): number {
  const { u16, u32 } = m;
  let at = out >>> 1;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = (surface >>> 2) + (z * rows + y) * rowWords;
      for (let k = 0; k < rowWords; k++) {
        let word = u32[row + k] as number;
        while (word !== 0) {
          u16[at] = (k << 5) | trailingZeros(word);
          u16[at + 1] = y;
          u16[at + 2] = z;
          u16[at + 3] = 0;
          at += 4;
          word &= word - 1;
        }
      }
    }
  }
  return (at - (out >>> 1)) >>> 2;
}

/**
 * Sorts `n` records into bricks. `order*` are the tables of `BrickOrder`, `cells` is zeroed memory of one u32 a cell.
 * Writes coordinates as f32 to `px`, `py`, `pz` (which have room for three more, filled with copies), classes as u16,
 * and per brick its box (lowest x, y, z, highest x, y, z as f32), first and end. @returns the number of bricks.
 */
export function buildBricks(
  m: Views,
  records: number,
  n: number,
  orderX: number,
  orderY: number,
  orderZ: number,
  cells: number,
  cellCount: number,
  px: number,
  py: number,
  pz: number,
  classes: number,
  bricks: number,
): number {
  const { u16, u32, f32 } = m;
  const cell0 = cells >>> 2;
  const cellOf = (r: number): number =>
    cell0 +
    (u32[(orderX >>> 2) + (u16[r] as number)] as number) +
    (u32[(orderY >>> 2) + (u16[r + 1] as number)] as number) +
    (u32[(orderZ >>> 2) + (u16[r + 2] as number)] as number);
  const first = records >>> 1;
  for (let i = 0; i < n; i++) {
    const c = cellOf(first + 4 * i);
    u32[c] = (u32[c] as number) + 1;
  }
  let count = 0;
  let sum = 0;
  for (let c = cell0; c < cell0 + cellCount; c++) {
    const inside = u32[c] as number;
    if (inside === 0) continue;
    u32[c] = sum;
    u32[(bricks >>> 2) + count * 8 + 6] = sum;
    sum += inside;
    u32[(bricks >>> 2) + count * 8 + 7] = sum;
    count++;
  }
  for (let i = 0; i < n; i++) {
    const r = first + 4 * i;
    const c = cellOf(r);
    const o = u32[c] as number;
    u32[c] = o + 1;
    f32[(px >>> 2) + o] = u16[r] as number;
    f32[(py >>> 2) + o] = u16[r + 1] as number;
    f32[(pz >>> 2) + o] = u16[r + 2] as number;
    u16[(classes >>> 1) + o] = u16[r + 3] as number;
  }
  for (const p of [px, py, pz]) {
    for (let i = 0; i < 3; i++) f32[(p >>> 2) + n + i] = f32[(p >>> 2) + n - 1] as number;
  }
  for (let b = 0; b < count; b++) {
    const e = (bricks >>> 2) + b * 8;
    const from = u32[e + 6] as number;
    const to = u32[e + 7] as number;
    [px, py, pz].forEach((p, axis) => {
      let low = f32[(p >>> 2) + from] as number;
      let high = low;
      for (let i = from + 1; i < to; i++) {
        const v = f32[(p >>> 2) + i] as number;
        if (v < low) low = v;
        if (v > high) high = v;
      }
      f32[e + axis] = low;
      f32[e + 3 + axis] = high;
    });
  }
  return count;
}

/**
 * Boxes over bricks, eight to a group, groups of eight groups, and so on up to a single one. `levels` receives, per
 * level, the index of its first group and their number (u32 each). A group that is not full has boxes far outside.
 * @returns the number of levels.
 */
export function buildTree(m: Views, bricks: number, count: number, groups: number, levels: number): number {
  const { u32, f32 } = m;
  const group0 = groups >>> 2;
  const table = levels >>> 2;
  let level = 0;
  let first = 0;
  let children = count;
  for (;;) {
    const size = (children + 7) >> 3;
    u32[table + 2 * level] = first;
    u32[table + 2 * level + 1] = size;
    for (let c = 0; c < 8 * size; c++) {
      const to = group0 + GROUP_WORDS * (first + (c >> 3)) + (c & 7);
      for (let i = 0; i < 6; i++) {
        f32[to + 8 * i] =
          c >= children
            ? FAR_OUTSIDE
            : level === 0
              ? (f32[(bricks >>> 2) + 8 * c + i] as number)
              : extreme(f32, group0 + GROUP_WORDS * (first - children + c) + 8 * i, i);
      }
    }
    if (size === 1) return level + 1;
    first += size;
    children = size;
    level++;
  }
}

const GROUP_WORDS = 48;
/** No box there is ever near, and its square still is a number in f32. */
const FAR_OUTSIDE = 1e15;

/** Lowest (coordinate 0 to 2) or highest (3 to 5) of eight, without the missing ones. */
function extreme(f32: Float32Array, at: number, coordinate: number): number {
  let value = f32[at] as number;
  for (let j = 1; j < 8; j++) {
    const other = f32[at + j] as number;
    if (other === FAR_OUTSIDE_F32) break;
    value = coordinate < 3 ? Math.min(value, other) : Math.max(value, other);
  }
  return value;
}

const FAR_OUTSIDE_F32 = Math.fround(FAR_OUTSIDE);

/**
 * The squared distance of every query to the nearest target, in the order of the query bricks, to `out` (f64, mm²).
 * Bounds are the very expression that distances are made of, and rounding is monotone, so nothing nearer is cut off.
 * `scratch` has room for 24 bytes per target and 96 more, `stack` for STACK_BYTES.
 */
export function far(
  m: Views,
  queryBricks: number,
  queryCount: number,
  qx: number,
  qy: number,
  qz: number,
  bricks: number,
  groups: number,
  levels: number,
  levelCount: number,
  px: number,
  py: number,
  pz: number,
  _pointCount: number,
  sx: number,
  sy: number,
  sz: number,
  scratch: number,
  stack: number,
  out: number,
): void {
  const { u32, f32, f64 } = m;
  const stack0 = stack >>> 2;
  const ids = scratch >>> 2;
  const X = px >>> 2;
  const Y = py >>> 2;
  const Z = pz >>> 2;
  let last = 0;
  for (let q = 0; q < queryCount; q++) {
    const Q = (queryBricks >>> 2) + 8 * q;
    const qx0 = f32[Q] as number;
    const qy0 = f32[Q + 1] as number;
    const qz0 = f32[Q + 2] as number;
    const qx1 = f32[Q + 3] as number;
    const qy1 = f32[Q + 4] as number;
    const qz1 = f32[Q + 5] as number;
    // No query of this brick is farther from the last answer than the farthest corner of the brick.
    const lx = f32[X + last] as number;
    const ly = f32[Y + last] as number;
    const lz = f32[Z + last] as number;
    let bound = squared(
      Math.max(lx - qx0, qx1 - lx) * sx,
      Math.max(ly - qy0, qy1 - ly) * sy,
      Math.max(lz - qz0, qz1 - lz) * sz,
    );
    let found = 0;
    let depth = 1;
    u32[stack0] = levelCount - 1;
    u32[stack0 + 1] = 0;
    while (depth > 0) {
      depth--;
      const level = u32[stack0 + 2 * depth] as number;
      const id = u32[stack0 + 2 * depth + 1] as number;
      const first = u32[(levels >>> 2) + 2 * level] as number;
      const g = (groups >>> 2) + GROUP_WORDS * (first + id);
      for (let c = g; c < g + 8; c++) {
        const x0 = f32[c] as number;
        const y0 = f32[c + 8] as number;
        const z0 = f32[c + 16] as number;
        const x1 = f32[c + 24] as number;
        const y1 = f32[c + 32] as number;
        const z1 = f32[c + 40] as number;
        const least = squared(
          Math.max(x0 - qx1, qx0 - x1, 0) * sx,
          Math.max(y0 - qy1, qy0 - y1, 0) * sy,
          Math.max(z0 - qz1, qz0 - z1, 0) * sz,
        );
        if (least > bound) continue;
        const most = squared(
          Math.max(x1 - qx0, qx1 - x0) * sx,
          Math.max(y1 - qy0, qy1 - y0) * sy,
          Math.max(z1 - qz0, qz1 - z0) * sz,
        );
        if (most < bound) bound = most;
        if (level === 0) {
          u32[ids + found++] = 8 * id + c - g;
        } else {
          u32[stack0 + 2 * depth] = level - 1;
          u32[stack0 + 2 * depth + 1] = 8 * id + c - g;
          depth++;
        }
      }
    }
    const end = u32[Q + 7] as number;
    for (let i = u32[Q + 6] as number; i < end; i++) {
      const x = f32[(qx >>> 2) + i] as number;
      const y = f32[(qy >>> 2) + i] as number;
      const z = f32[(qz >>> 2) + i] as number;
      let best = squared(
        ((f32[X + last] as number) - x) * sx,
        ((f32[Y + last] as number) - y) * sy,
        ((f32[Z + last] as number) - z) * sz,
      );
      for (let c = ids; c < ids + found; c++) {
        const B = (bricks >>> 2) + 8 * (u32[c] as number);
        const least = squared(
          Math.max((f32[B] as number) - x, x - (f32[B + 3] as number), 0) * sx,
          Math.max((f32[B + 1] as number) - y, y - (f32[B + 4] as number), 0) * sy,
          Math.max((f32[B + 2] as number) - z, z - (f32[B + 5] as number), 0) * sz,
        );
        if (least >= best) continue;
        const stop = u32[B + 7] as number;
        for (let p = u32[B + 6] as number; p < stop; p++) {
          const dx = ((f32[X + p] as number) - x) * sx;
          const dy = ((f32[Y + p] as number) - y) * sy;
          const dz = ((f32[Z + p] as number) - z) * sz;
          const d = dx * dx + dy * dy + dz * dz;
          if (d < best) {
            best = d;
            last = p;
          }
        }
      }
      f64[(out >>> 3) + i] = best;
    }
  }
}

function squared(x: number, y: number, z: number): number {
  return x * x + y * y + z * z;
}
