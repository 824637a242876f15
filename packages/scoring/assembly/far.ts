import { BRICK_BYTES, CANDIDATE_BYTES, GROUP_BYTES, RECORD_BYTES } from "./layout";

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

/**
 * As the plain one, but everything that only decides what to look at is done for four boxes or points at once in f32,
 * in units of the largest spacing, against bounds that are wider by far (2^-18) than f32 can err here (8 roundings of
 * 2^-24, and underflow). What passes is computed in f64. Four points may reach into the next brick: those are targets
 * too. A candidate is its box, six times four f32 for four of them, and its first and last point.
 */
export function far(
  queryBricks: usize,
  queryCount: u32,
  qx: usize,
  qy: usize,
  qz: usize,
  bricks: usize,
  groups: usize,
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
  const zero = f32x4.splat(0);
  let last: usize = 0;
  for (let q: u32 = 0; q < queryCount; q++) {
    const Q = queryBricks + <usize>q * BRICK_BYTES;
    const qx0 = v128.load32_splat(Q);
    const qy0 = v128.load32_splat(Q, 4);
    const qz0 = v128.load32_splat(Q, 8);
    const qx1 = v128.load32_splat(Q, 12);
    const qy1 = v128.load32_splat(Q, 16);
    const qz1 = v128.load32_splat(Q, 20);
    const lx = v128.load32_splat(px + last);
    const ly = v128.load32_splat(py + last);
    const lz = v128.load32_splat(pz + last);
    let bound = wider(
      f32x4.extract_lane(
        squared4(
          f32x4.mul(f32x4.max(f32x4.sub(lx, qx0), f32x4.sub(qx1, lx)), fx),
          f32x4.mul(f32x4.max(f32x4.sub(ly, qy0), f32x4.sub(qy1, ly)), fy),
          f32x4.mul(f32x4.max(f32x4.sub(lz, qz0), f32x4.sub(qz1, lz)), fz),
        ),
        0,
      ),
    );
    let found: u32 = 0;
    let top = stack;
    store<u32>(top, levelCount - 1);
    store<u32>(top, 0, 4);
    top += 8;
    while (top > stack) {
      top -= 8;
      const level = load<u32>(top);
      const id = load<u32>(top, 4);
      const first = load<u32>(levels + ((<usize>level) << 3));
      const g = groups + <usize>(first + id) * GROUP_BYTES;
      for (let half: usize = 0; half < 32; half += 16) {
        const x0 = v128.load(g + half);
        const y0 = v128.load(g + half, 32);
        const z0 = v128.load(g + half, 64);
        const x1 = v128.load(g + half, 96);
        const y1 = v128.load(g + half, 128);
        const z1 = v128.load(g + half, 160);
        const least = squared4(
          f32x4.mul(f32x4.max(f32x4.max(f32x4.sub(x0, qx1), f32x4.sub(qx0, x1)), zero), fx),
          f32x4.mul(f32x4.max(f32x4.max(f32x4.sub(y0, qy1), f32x4.sub(qy0, y1)), zero), fy),
          f32x4.mul(f32x4.max(f32x4.max(f32x4.sub(z0, qz1), f32x4.sub(qz0, z1)), zero), fz),
        );
        let lanes = i32x4.bitmask(f32x4.le(least, f32x4.splat(bound)));
        if (lanes === 0) continue;
        const most = squared4(
          f32x4.mul(f32x4.max(f32x4.sub(x1, qx0), f32x4.sub(qx1, x0)), fx),
          f32x4.mul(f32x4.max(f32x4.sub(y1, qy0), f32x4.sub(qy1, y0)), fy),
          f32x4.mul(f32x4.max(f32x4.sub(z1, qz0), f32x4.sub(qz1, z0)), fz),
        );
        const least2 = f32x4.min(
          most,
          i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
        );
        const smallest = min(f32x4.extract_lane(least2, 0), f32x4.extract_lane(least2, 1));
        bound = min(bound, wider(smallest));
        while (lanes !== 0) {
          const child = 8 * id + <u32>(half >> 2) + <u32>ctz(lanes);
          lanes &= lanes - 1;
          if (level === 0) {
            addCandidate(candidates, found, bricks + <usize>child * BRICK_BYTES);
            found++;
          } else {
            store<u32>(top, level - 1);
            store<u32>(top, child, 4);
            top += 8;
          }
        }
      }
    }
    while ((found & 3) !== 0) {
      addOutside(candidates, found);
      found++;
    }
    const stop = candidates + <usize>found * CANDIDATE_BYTES;
    const end = <usize>load<u32>(Q, 28);
    for (let i = <usize>load<u32>(Q, 24); i < end; i++) {
      const x = load<f32>(qx + (i << 2));
      const y = load<f32>(qy + (i << 2));
      const z = load<f32>(qz + (i << 2));
      const x4 = f32x4.splat(x);
      const y4 = f32x4.splat(y);
      const z4 = f32x4.splat(z);
      let best = exact(px, py, pz, last, x, y, z, sx, sy, sz);
      let wide = f32x4.splat(wider(<f32>(best * scale)));
      for (let c = candidates; c < stop; c += 4 * CANDIDATE_BYTES) {
        const least = squared4(
          f32x4.mul(
            f32x4.max(f32x4.max(f32x4.sub(v128.load(c), x4), f32x4.sub(x4, v128.load(c, 48))), zero),
            fx,
          ),
          f32x4.mul(
            f32x4.max(f32x4.max(f32x4.sub(v128.load(c, 16), y4), f32x4.sub(y4, v128.load(c, 64))), zero),
            fy,
          ),
          f32x4.mul(
            f32x4.max(f32x4.max(f32x4.sub(v128.load(c, 32), z4), f32x4.sub(z4, v128.load(c, 80))), zero),
            fz,
          ),
        );
        let near = i32x4.bitmask(f32x4.le(least, wide));
        while (near !== 0) {
          const e = c + 96 + ((<usize>ctz(near)) << 3);
          near &= near - 1;
          const to = (<usize>load<u32>(e, 4)) << 2;
          for (let p = (<usize>load<u32>(e)) << 2; p < to; p += 16) {
            const d = squared4(
              f32x4.mul(f32x4.sub(v128.load(px + p), x4), fx),
              f32x4.mul(f32x4.sub(v128.load(py + p), y4), fy),
              f32x4.mul(f32x4.sub(v128.load(pz + p), z4), fz),
            );
            let lanes = i32x4.bitmask(f32x4.le(d, wide));
            while (lanes !== 0) {
              const at = p + ((<usize>ctz(lanes)) << 2);
              lanes &= lanes - 1;
              const real = exact(px, py, pz, at, x, y, z, sx, sy, sz);
              if (real < best) {
                best = real;
                last = at;
                wide = f32x4.splat(wider(<f32>(best * scale)));
              }
            }
          }
        }
      }
      store<f64>(out + (i << 3), best);
    }
  }
}

function addCandidate(candidates: usize, index: u32, brick: usize): void {
  const lane = <usize>(index & 3);
  const to = candidates + <usize>(index >> 2) * 4 * CANDIDATE_BYTES;
  for (let i: usize = 0; i < 6; i++) store<u32>(to + (i << 4) + (lane << 2), load<u32>(brick + (i << 2)));
  store<u64>(to + 96 + (lane << 3), load<u64>(brick, 24));
}

/** Fills the last four up with what is never near. */
function addOutside(candidates: usize, index: u32): void {
  const to = candidates + <usize>(index >> 2) * 4 * CANDIDATE_BYTES + ((<usize>(index & 3)) << 2);
  for (let i: usize = 0; i < 6; i++) store<f32>(to + (i << 4), FAR_OUTSIDE);
}

function squared4(x: v128, y: v128, z: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)), f32x4.mul(z, z));
}

function exact(
  px: usize,
  py: usize,
  pz: usize,
  at: usize,
  x: f32,
  y: f32,
  z: f32,
  sx: f64,
  sy: f64,
  sz: f64,
): f64 {
  // Coordinates are whole and small, so the differences are exact.
  const dx = <f64>(load<f32>(px + at) - x) * sx;
  const dy = <f64>(load<f32>(py + at) - y) * sy;
  const dz = <f64>(load<f32>(pz + at) - z) * sz;
  return dx * dx + dy * dy + dz * dz;
}

function wider(square: f32): f32 {
  return square * <f32>(1.0 + 1.0 / 262144.0) + <f32>1e-30;
}
