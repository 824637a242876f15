import { LABEL_ENTRY_BYTES, MIXED, MIXED_BYTES } from "./layout";

export function pack(
  source: usize,
  voxelBytes: u32,
  nx: u32,
  ny: u32,
  row0: u32,
  rows: u32,
  masks: usize,
  blocks: usize,
  mixed: usize,
  mixedUsed: u32,
  table: usize,
): u32 {
  const perRow = (nx + 63) >> 6;
  let used = mixedUsed;
  let y = row0 % ny;
  let z = row0 / ny;
  for (let r: u32 = 0; r < rows; r++) {
    const start = source + <usize>r * nx * voxelBytes;
    const block = <usize>(row0 + r) * perRow;
    let mask = masks + (block << 3);
    let code = blocks + (block << 2);
    for (let k: u32 = 0; k < perRow; k++) {
      const x0 = k << 6;
      const n = nx - x0;
      // Most of most images is background, and four blocks of it can be told at once.
      if (n >= 256 && isEmpty(start + <usize>x0 * voxelBytes, (<usize>voxelBytes) << 8)) {
        v128.store(mask, i64x2.splat(0));
        v128.store(mask, i64x2.splat(0), 16);
        v128.store(code, i64x2.splat(0));
        mask += 32;
        code += 16;
        k += 3;
        continue;
      }
      // What is read beyond the row's end belongs to the next row, or to the slack behind the last one.
      const inside: u64 = n >= 64 ? ~(<u64>0) : ((<u64>1) << n) - 1;
      const at = start + <usize>x0 * voxelBytes;
      const set = nonZero(at, voxelBytes) & inside;
      store<u64>(mask, set);
      if (set === 0) {
        store<u32>(code, 0);
      } else {
        const first = <u32>ctz(set);
        const label = labelAt(at, first, voxelBytes);
        if (((set ^ equalTo(at, label, voxelBytes)) & inside) === 0) {
          store<u32>(code, label);
          note(table, label, <u32>popcnt(set), x0 + first, x0 + 63 - <u32>clz(set), y, z);
        } else {
          store<u32>(code, MIXED + used);
          spell(at, set, voxelBytes, mixed + <usize>used * MIXED_BYTES, table, x0, y, z);
          used++;
        }
      }
      mask += 8;
      code += 4;
    }
    y++;
    if (y === ny) {
      y = 0;
      z++;
    }
  }
  return used;
}

function isEmpty(at: usize, bytes: usize): bool {
  const end = at + bytes;
  for (let p = at; p < end; p += 128) {
    const a = v128.or(v128.or(v128.load(p), v128.load(p, 16)), v128.or(v128.load(p, 32), v128.load(p, 48)));
    const b = v128.or(
      v128.or(v128.load(p, 64), v128.load(p, 80)),
      v128.or(v128.load(p, 96), v128.load(p, 112)),
    );
    if (v128.any_true(v128.or(a, b))) return false;
  }
  return true;
}

function labelAt(at: usize, i: u32, voxelBytes: u32): u32 {
  return voxelBytes === 1 ? load<u8>(at + i) : load<u16>(at + ((<usize>i) << 1));
}

/** A bit for each of 64 voxels that is not 0. */
function nonZero(at: usize, voxelBytes: u32): u64 {
  if (voxelBytes === 1) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
    return ~equal8(a, b, c, d, i8x16.splat(0));
  }
  return ~equal16(at, i16x8.splat(0));
}

function equalTo(at: usize, label: u32, voxelBytes: u32): u64 {
  if (voxelBytes === 1) {
    return equal8(
      v128.load(at),
      v128.load(at, 16),
      v128.load(at, 32),
      v128.load(at, 48),
      i8x16.splat(<i8>label),
    );
  }
  return equal16(at, i16x8.splat(<i16>label));
}

function equal8(a: v128, b: v128, c: v128, d: v128, wanted: v128): u64 {
  return (
    <u64>i8x16.bitmask(i8x16.eq(a, wanted)) |
    ((<u64>i8x16.bitmask(i8x16.eq(b, wanted))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(c, wanted))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(d, wanted))) << 48)
  );
}

function equal16(at: usize, wanted: v128): u64 {
  return (
    half16(at, wanted) |
    (half16(at + 32, wanted) << 16) |
    (half16(at + 64, wanted) << 32) |
    (half16(at + 96, wanted) << 48)
  );
}

function half16(at: usize, wanted: v128): u64 {
  const low = i16x8.eq(v128.load(at), wanted);
  const high = i16x8.eq(v128.load(at, 16), wanted);
  return <u64>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}

/** Writes the 64 labels of a mixed block and counts each of them. */
function spell(
  at: usize,
  set: u64,
  voxelBytes: u32,
  out: usize,
  table: usize,
  x0: u32,
  y: u32,
  z: u32,
): void {
  memory.fill(out, 0, MIXED_BYTES);
  let left = set;
  while (left !== 0) {
    // One label after the other, each with all its voxels at once.
    const first = <u32>ctz(left);
    const label = labelAt(at, first, voxelBytes);
    const own = equalTo(at, label, voxelBytes) & left;
    left ^= own;
    note(table, label, <u32>popcnt(own), x0 + first, x0 + 63 - <u32>clz(own), y, z);
    let each = own;
    while (each !== 0) {
      store<u16>(out + ((<usize>ctz(each)) << 1), <u16>label);
      each &= each - 1;
    }
  }
}

function note(table: usize, label: u32, count: u32, left: u32, right: u32, y: u32, z: u32): void {
  const e = table + <usize>label * LABEL_ENTRY_BYTES;
  const before = load<u32>(e);
  store<u32>(e, before + count);
  if (before === 0) {
    store<u32>(e, left, 4);
    store<u32>(e, right, 8);
    store<u32>(e, y, 12);
    store<u32>(e, y, 16);
    store<u32>(e, z, 20);
    store<u32>(e, z, 24);
    return;
  }
  if (left < load<u32>(e, 4)) store<u32>(e, left, 4);
  if (right > load<u32>(e, 8)) store<u32>(e, right, 8);
  if (y < load<u32>(e, 12)) store<u32>(e, y, 12);
  if (y > load<u32>(e, 16)) store<u32>(e, y, 16);
  store<u32>(e, z, 24);
}
