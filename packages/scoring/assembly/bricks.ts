import { BRICK_BYTES, GROUP_BYTES, RECORD_BYTES } from "./layout";

export function collect(
  surface: usize,
  rowWords: u32,
  rows: u32,
  y0: u32,
  y1: u32,
  z0: u32,
  z1: u32,
  out: usize,
): u32 {
  let at = out;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const row = surface + (((<usize>z * rows + y) * rowWords) << 2);
      for (let k: usize = 0; k < rowWords; k++) {
        let word = load<u32>(row + (k << 2));
        while (word !== 0) {
          store<u64>(at, ((<u64>k) << 5) | <u64>ctz(word) | ((<u64>y) << 16) | ((<u64>z) << 32));
          at += RECORD_BYTES;
          word &= word - 1;
        }
      }
    }
  }
  return <u32>((at - out) >> 3);
}

export function buildBricks(
  records: usize,
  n: u32,
  orderX: usize,
  orderY: usize,
  orderZ: usize,
  cells: usize,
  cellCount: u32,
  px: usize,
  py: usize,
  pz: usize,
  classes: usize,
  bricks: usize,
): u32 {
  const end = records + <usize>n * RECORD_BYTES;
  for (let r = records; r < end; r += RECORD_BYTES) {
    const c = cellOf(r, orderX, orderY, orderZ, cells);
    store<u32>(c, load<u32>(c) + 1);
  }
  let count: u32 = 0;
  let sum: u32 = 0;
  let brick = bricks;
  for (let c = cells; c < cells + ((<usize>cellCount) << 2); c += 4) {
    const inside = load<u32>(c);
    if (inside === 0) continue;
    store<u32>(c, sum);
    store<u32>(brick, sum, 24);
    sum += inside;
    store<u32>(brick, sum, 28);
    brick += BRICK_BYTES;
    count++;
  }
  for (let r = records; r < end; r += RECORD_BYTES) {
    const c = cellOf(r, orderX, orderY, orderZ, cells);
    const o = <usize>load<u32>(c);
    store<u32>(c, <u32>o + 1);
    store<f32>(px + (o << 2), <f32>load<u16>(r));
    store<f32>(py + (o << 2), <f32>load<u16>(r, 2));
    store<f32>(pz + (o << 2), <f32>load<u16>(r, 4));
    store<u16>(classes + (o << 1), load<u16>(r, 6));
  }
  const after = (<usize>n) << 2;
  for (let i: usize = 0; i < 12; i += 4) {
    store<f32>(px + after + i, load<f32>(px + after - 4));
    store<f32>(py + after + i, load<f32>(py + after - 4));
    store<f32>(pz + after + i, load<f32>(pz + after - 4));
  }
  brick = bricks;
  for (let b: u32 = 0; b < count; b++) {
    const from = (<usize>load<u32>(brick, 24)) << 2;
    const to = (<usize>load<u32>(brick, 28)) << 2;
    bound(px, from, to, brick);
    bound(py, from, to, brick + 4);
    bound(pz, from, to, brick + 8);
    brick += BRICK_BYTES;
  }
  return count;
}

function cellOf(r: usize, orderX: usize, orderY: usize, orderZ: usize, cells: usize): usize {
  const cell =
    load<u32>(orderX + ((<usize>load<u16>(r)) << 2)) +
    load<u32>(orderY + ((<usize>load<u16>(r, 2)) << 2)) +
    load<u32>(orderZ + ((<usize>load<u16>(r, 4)) << 2));
  return cells + ((<usize>cell) << 2);
}

function bound(p: usize, from: usize, to: usize, out: usize): void {
  let low = load<f32>(p + from);
  let high = low;
  for (let i = from + 4; i < to; i += 4) {
    const v = load<f32>(p + i);
    low = min(low, v);
    high = max(high, v);
  }
  store<f32>(out, low);
  store<f32>(out, high, 12);
}

/** No box there is ever near, and its square still is a number in f32. */
const FAR_OUTSIDE: f32 = 1e15;

export function buildTree(bricks: usize, count: u32, groups: usize, levels: usize): u32 {
  let level: u32 = 0;
  let first: u32 = 0;
  let children = count;
  while (true) {
    const size = (children + 7) >> 3;
    store<u32>(levels + ((<usize>level) << 3), first);
    store<u32>(levels + ((<usize>level) << 3), size, 4);
    for (let c: u32 = 0; c < 8 * size; c++) {
      const to = groups + <usize>(first + (c >> 3)) * GROUP_BYTES + ((<usize>(c & 7)) << 2);
      for (let i: usize = 0; i < 6; i++) {
        let value = FAR_OUTSIDE;
        if (c < children) {
          value =
            level === 0
              ? load<f32>(bricks + <usize>c * BRICK_BYTES + (i << 2))
              : extreme(groups + <usize>(first - children + c) * GROUP_BYTES + (i << 5), i < 3);
        }
        store<f32>(to + (i << 5), value);
      }
    }
    if (size === 1) break;
    first += size;
    children = size;
    level++;
  }
  return level + 1;
}

function extreme(at: usize, lowest: bool): f32 {
  let value = load<f32>(at);
  for (let j: usize = 4; j < 32; j += 4) {
    const other = load<f32>(at + j);
    if (other === FAR_OUTSIDE) break;
    value = lowest ? min(value, other) : max(value, other);
  }
  return value;
}
