import { BRICK_BYTES, NODE_BYTES, RECORD_BYTES } from "./layout";

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
    load<u32>(orderX + ((<usize>(load<u16>(r) >> 3)) << 2)) +
    load<u32>(orderY + ((<usize>(load<u16>(r, 2) >> 3)) << 2)) +
    load<u32>(orderZ + ((<usize>(load<u16>(r, 4) >> 3)) << 2));
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

export function buildTree(bricks: usize, count: u32, nodes: usize, levels: usize): u32 {
  for (let b: usize = 0; b < count; b++)
    memory.copy(nodes + b * NODE_BYTES, bricks + b * BRICK_BYTES, NODE_BYTES);
  let level: u32 = 0;
  let from: u32 = 0;
  let size = count;
  store<u32>(levels, 0);
  store<u32>(levels, size, 4);
  while (size > 1) {
    const parents = (size + 7) >> 3;
    const to = from + size;
    for (let p: u32 = 0; p < parents; p++) {
      const e = nodes + <usize>(to + p) * NODE_BYTES;
      const first = nodes + <usize>(from + 8 * p) * NODE_BYTES;
      const end = nodes + <usize>(from + min(8 * p + 8, size)) * NODE_BYTES;
      for (let i: usize = 0; i < 12; i += 4) {
        let low = load<f32>(first + i);
        let high = load<f32>(first + i, 12);
        for (let child = first + NODE_BYTES; child < end; child += NODE_BYTES) {
          low = min(low, load<f32>(child + i));
          high = max(high, load<f32>(child + i, 12));
        }
        store<f32>(e + i, low);
        store<f32>(e + i, high, 12);
      }
    }
    from = to;
    size = parents;
    level++;
    store<u32>(levels + ((<usize>level) << 3), from);
    store<u32>(levels + ((<usize>level) << 3), size, 4);
  }
  return level + 1;
}

/**
 * As the plain one, but points are looked at four at a time in f32, in units of the largest spacing, against a bound
 * that is wider by far more than f32 can err (8 roundings of 2^-24, and underflow); only what passes is computed in
 * f64. Four may reach into the next brick: those are targets too.
 */
export function far(
  queryBricks: usize,
  queryCount: u32,
  qx: usize,
  qy: usize,
  qz: usize,
  bricks: usize,
  nodes: usize,
  levels: usize,
  levelCount: u32,
  px: usize,
  py: usize,
  pz: usize,
  sx: f64,
  sy: f64,
  sz: f64,
  candidates: usize,
  stack: usize,
  out: usize,
): void {
  const unit = max(sx, max(sy, sz));
  const scale = 1.0 / (unit * unit);
  const fx = f32x4.splat(<f32>(sx / unit));
  const fy = f32x4.splat(<f32>(sy / unit));
  const fz = f32x4.splat(<f32>(sz / unit));
  let last: usize = 0;
  for (let q: u32 = 0; q < queryCount; q++) {
    const Q = queryBricks + <usize>q * BRICK_BYTES;
    const qx0 = <f64>load<f32>(Q);
    const qy0 = <f64>load<f32>(Q, 4);
    const qz0 = <f64>load<f32>(Q, 8);
    const qx1 = <f64>load<f32>(Q, 12);
    const qy1 = <f64>load<f32>(Q, 16);
    const qz1 = <f64>load<f32>(Q, 20);
    const lx = <f64>load<f32>(px + last);
    const ly = <f64>load<f32>(py + last);
    const lz = <f64>load<f32>(pz + last);
    let bound = squared(
      max(lx - qx0, qx1 - lx) * sx,
      max(ly - qy0, qy1 - ly) * sy,
      max(lz - qz0, qz1 - lz) * sz,
    );
    let found: u32 = 0;
    // Entries of the stack: level, node, and the lower bound that was computed when it was pushed.
    let top = stack;
    store<u32>(top, levelCount - 1);
    store<u32>(top, 0, 4);
    store<f64>(top, 0, 8);
    top += 16;
    while (top > stack) {
      top -= 16;
      const least = load<f64>(top, 8);
      if (least > bound) continue;
      const level = load<u32>(top);
      const id = load<u32>(top, 4);
      if (level === 0) {
        const c = candidates + ((<usize>found) << 4);
        store<f64>(c, least);
        store<u32>(c, id, 8);
        found++;
        continue;
      }
      const below = levels + ((<usize>(level - 1)) << 3);
      const end = min(8 * id + 8, load<u32>(below, 4));
      const bottom = top;
      let node = nodes + <usize>(load<u32>(below) + 8 * id) * NODE_BYTES;
      for (let c = 8 * id; c < end; c++) {
        const x0 = <f64>load<f32>(node);
        const y0 = <f64>load<f32>(node, 4);
        const z0 = <f64>load<f32>(node, 8);
        const x1 = <f64>load<f32>(node, 12);
        const y1 = <f64>load<f32>(node, 16);
        const z1 = <f64>load<f32>(node, 20);
        node += NODE_BYTES;
        const d = squared(
          max(max(x0 - qx1, qx0 - x1), 0) * sx,
          max(max(y0 - qy1, qy0 - y1), 0) * sy,
          max(max(z0 - qz1, qz0 - z1), 0) * sz,
        );
        if (d > bound) continue;
        const most = squared(
          max(x1 - qx0, qx1 - x0) * sx,
          max(y1 - qy0, qy1 - y0) * sy,
          max(z1 - qz0, qz1 - z0) * sz,
        );
        if (most < bound) bound = most;
        let at = top;
        while (at > bottom && load<f64>(at - 16, 8) < d) {
          v128.store(at, v128.load(at - 16));
          at -= 16;
        }
        store<u32>(at, level - 1);
        store<u32>(at, c, 4);
        store<f64>(at, d, 8);
        top += 16;
      }
    }
    const kept = sortCandidates(candidates, found, bound);
    const stop = candidates + ((<usize>kept) << 4);
    const end = <usize>load<u32>(Q, 28);
    for (let i = <usize>load<u32>(Q, 24); i < end; i++) {
      const x = load<f32>(qx + (i << 2));
      const y = load<f32>(qy + (i << 2));
      const z = load<f32>(qz + (i << 2));
      const xd = <f64>x;
      const yd = <f64>y;
      const zd = <f64>z;
      const x4 = f32x4.splat(x);
      const y4 = f32x4.splat(y);
      const z4 = f32x4.splat(z);
      let best = exact(px, py, pz, last, xd, yd, zd, sx, sy, sz);
      let wide = f32x4.splat(widened(best, scale));
      for (let c = candidates; c < stop; c += 16) {
        if (load<f64>(c) >= best) break;
        const B = bricks + <usize>load<u32>(c, 8) * BRICK_BYTES;
        const least = squared(
          max(max(<f64>load<f32>(B) - xd, xd - <f64>load<f32>(B, 12)), 0) * sx,
          max(max(<f64>load<f32>(B, 4) - yd, yd - <f64>load<f32>(B, 16)), 0) * sy,
          max(max(<f64>load<f32>(B, 8) - zd, zd - <f64>load<f32>(B, 20)), 0) * sz,
        );
        if (least >= best) continue;
        const to = (<usize>load<u32>(B, 28)) << 2;
        for (let p = (<usize>load<u32>(B, 24)) << 2; p < to; p += 16) {
          const dx = f32x4.mul(f32x4.sub(v128.load(px + p), x4), fx);
          const dy = f32x4.mul(f32x4.sub(v128.load(py + p), y4), fy);
          const dz = f32x4.mul(f32x4.sub(v128.load(pz + p), z4), fz);
          const d = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz));
          let lanes = i32x4.bitmask(f32x4.le(d, wide));
          while (lanes !== 0) {
            const at = p + ((<usize>ctz(lanes)) << 2);
            lanes &= lanes - 1;
            const real = exact(px, py, pz, at, xd, yd, zd, sx, sy, sz);
            if (real < best) {
              best = real;
              last = at;
              wide = f32x4.splat(widened(best, scale));
            }
          }
        }
      }
      store<f64>(out + (i << 3), best);
    }
  }
}

function squared(x: f64, y: f64, z: f64): f64 {
  return x * x + y * y + z * z;
}

function exact(
  px: usize,
  py: usize,
  pz: usize,
  at: usize,
  x: f64,
  y: f64,
  z: f64,
  sx: f64,
  sy: f64,
  sz: f64,
): f64 {
  return squared(
    (<f64>load<f32>(px + at) - x) * sx,
    (<f64>load<f32>(py + at) - y) * sy,
    (<f64>load<f32>(pz + at) - z) * sz,
  );
}

function widened(best: f64, scale: f64): f32 {
  return <f32>(best * scale * (1.0 + 1.0 / 262144.0) + 1e-30);
}

function sortCandidates(candidates: usize, found: u32, bound: f64): u32 {
  let n: u32 = 0;
  for (let i: u32 = 0; i < found; i++) {
    const from = candidates + ((<usize>i) << 4);
    if (load<f64>(from) > bound) continue;
    v128.store(candidates + ((<usize>n) << 4), v128.load(from));
    n++;
  }
  let gap: u32 = n > 64 ? (n >> 3) | 1 : 1;
  while (gap > 0) {
    const step = (<usize>gap) << 4;
    for (let i = gap; i < n; i++) {
      const here = candidates + ((<usize>i) << 4);
      const entry = v128.load(here);
      const d = load<f64>(here);
      let at = here;
      while (at >= candidates + step && load<f64>(at - step) > d) {
        v128.store(at, v128.load(at - step));
        at -= step;
      }
      v128.store(at, entry);
    }
    gap = gap === 1 ? 0 : gap > 8 ? (gap >> 3) | 1 : 1;
  }
  return n;
}
