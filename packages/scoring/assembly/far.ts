import { BRICK_BYTES, GROUP_BYTES } from "./layout";
import { fillUp, leastMargin, narrow, SLACK, squared4 } from "./lists";

/**
 * As the plain one, with two differences. Everything that only decides what to look at is done for four boxes or points
 * at once in f32, in units of the largest spacing, with margins (2^-17) far wider than f32 can err here (8 roundings of
 * 2^-24, and underflow); what passes is computed in f64. And the queries of a brick share one list of targets:
 *
 * With c the middle of the brick, h half its extent and p0 any target, a target p is farther than p0 from every query q
 * of the brick if |c - p|² > |c - p0|² + 2 Σ h |p - p0|, for |q - p|² - |q - p0|² is linear in q. For a box of targets
 * both sides are bounded axis by axis. The slack grows with the distance from p0 and not with that of the surfaces, so
 * with p0 the nearest target of one of the queries few targets are left, however far away they are. Where there are
 * many all the same, a few queries at a time make a list of their own out of it, by the same rule.
 *
 * `pmax` is one instruction where `max`, which minds NaN, is six; there is no NaN here.
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
  pointCount: u32,
  sx: f64,
  sy: f64,
  sz: f64,
  scratch: usize,
  stack: usize,
  out: usize,
): void {
  const unit = max(sx, max(sy, sz));
  const scale = 1.0 / (unit * unit);
  const fx = f32x4.splat(<f32>(sx / unit));
  const fy = f32x4.splat(<f32>(sy / unit));
  const fz = f32x4.splat(<f32>(sz / unit));
  const zero = f32x4.splat(0);
  const half = f32x4.splat(0.5);
  // Targets of one brick, and of a few of its queries: x, y, z, each with room for the last four to be filled up.
  const room = (<usize>pointCount + 4) << 2;
  const keptX = scratch;
  const keptY = keptX + room;
  const keptZ = keptY + room;
  const fewX = keptZ + room;
  const fewY = fewX + room;
  const fewZ = fewY + room;
  const root = groups + <usize>load<u32>(levels + ((<usize>(levelCount - 1)) << 3)) * GROUP_BYTES;
  let last: usize = 0;
  for (let q: u32 = 0; q < queryCount; q++) {
    const Q = queryBricks + <usize>q * BRICK_BYTES;
    const from = <usize>load<u32>(Q, 24);
    const end = <usize>load<u32>(Q, 28);

    // The nearest target of the middle query.
    const middle = ((from + end) >> 1) << 2;
    const mx = load<f32>(qx + middle);
    const my = load<f32>(qy + middle);
    const mz = load<f32>(qz + middle);
    const mx4 = f32x4.splat(mx);
    const my4 = f32x4.splat(my);
    const mz4 = f32x4.splat(mz);
    let best = exact(px, py, pz, last, mx, my, mz, sx, sy, sz);
    let wide = f32x4.splat(wider(<f32>(best * scale)));
    let top = stack;
    store<u32>(top, levelCount - 1);
    store<u32>(top, <u32>root, 4);
    top += 8;
    while (top > stack) {
      top -= 8;
      const level = load<u32>(top);
      const g = <usize>load<u32>(top, 4);
      const below = level === 0 ? 0 : childrenOf(g, groups, levels, level);
      for (let side: usize = 0; side < 32; side += 16) {
        let lanes = i32x4.bitmask(
          f32x4.le(
            squared4(
              gap(v128.load(g + side), v128.load(g + side, 96), mx4, zero, fx),
              gap(v128.load(g + side, 32), v128.load(g + side, 128), my4, zero, fy),
              gap(v128.load(g + side, 64), v128.load(g + side, 160), mz4, zero, fz),
            ),
            wide,
          ),
        );
        while (lanes !== 0) {
          const child = (side >> 2) + <usize>ctz(lanes);
          lanes &= lanes - 1;
          if (level !== 0) {
            store<u32>(top, level - 1);
            store<u32>(top, <u32>(below + child * GROUP_BYTES), 4);
            top += 8;
            continue;
          }
          const B = brickOf(g, groups, bricks, child);
          const stop = (<usize>load<u32>(B, 28)) << 2;
          for (let p = (<usize>load<u32>(B, 24)) << 2; p < stop; p += 16) {
            const d = squared4(
              f32x4.mul(f32x4.sub(v128.load(px + p), mx4), fx),
              f32x4.mul(f32x4.sub(v128.load(py + p), my4), fy),
              f32x4.mul(f32x4.sub(v128.load(pz + p), mz4), fz),
            );
            let close = i32x4.bitmask(f32x4.le(d, wide));
            while (close !== 0) {
              const at = p + ((<usize>ctz(close)) << 2);
              close &= close - 1;
              const real = exact(px, py, pz, at, mx, my, mz, sx, sy, sz);
              if (real < best) {
                best = real;
                last = at;
                wide = f32x4.splat(wider(<f32>(best * scale)));
              }
            }
          }
        }
      }
    }
    if (end - from === 1) {
      store<f64>(out + (from << 3), best);
      continue;
    }

    // The targets that may be nearer than this one to any query of the brick.
    const lowX = v128.load32_splat(Q);
    const lowY = v128.load32_splat(Q, 4);
    const lowZ = v128.load32_splat(Q, 8);
    const highX = v128.load32_splat(Q, 12);
    const highY = v128.load32_splat(Q, 16);
    const highZ = v128.load32_splat(Q, 20);
    const cx = f32x4.mul(f32x4.add(lowX, highX), half);
    const cy = f32x4.mul(f32x4.add(lowY, highY), half);
    const cz = f32x4.mul(f32x4.add(lowZ, highZ), half);
    const hx = f32x4.mul(f32x4.sub(highX, lowX), fx);
    const hy = f32x4.mul(f32x4.sub(highY, lowY), fy);
    const hz = f32x4.mul(f32x4.sub(highZ, lowZ), fz);
    // 2 h per step along an axis.
    const wx = f32x4.mul(hx, fx);
    const wy = f32x4.mul(hy, fy);
    const wz = f32x4.mul(hz, fz);
    const nx = v128.load32_splat(px + last);
    const ny = v128.load32_splat(py + last);
    const nz = v128.load32_splat(pz + last);
    const slack = f32x4.splat(SLACK);
    const least = leastMargin(hx, hy, hz);
    const reach = squared4(
      f32x4.mul(f32x4.sub(cx, nx), fx),
      f32x4.mul(f32x4.sub(cy, ny), fy),
      f32x4.mul(f32x4.sub(cz, nz), fz),
    );
    let kept: usize = 0;
    store<u32>(top, levelCount - 1);
    store<u32>(top, <u32>root, 4);
    top += 8;
    while (top > stack) {
      top -= 8;
      const level = load<u32>(top);
      const g = <usize>load<u32>(top, 4);
      const below = level === 0 ? 0 : childrenOf(g, groups, levels, level);
      for (let side: usize = 0; side < 32; side += 16) {
        const x0 = v128.load(g + side);
        const y0 = v128.load(g + side, 32);
        const z0 = v128.load(g + side, 64);
        const x1 = v128.load(g + side, 96);
        const y1 = v128.load(g + side, 128);
        const z1 = v128.load(g + side, 160);
        const nearest = squared4(
          gap(x0, x1, cx, zero, fx),
          gap(y0, y1, cy, zero, fy),
          gap(z0, z1, cz, zero, fz),
        );
        const spread = f32x4.add(
          f32x4.add(
            f32x4.mul(f32x4.pmax(f32x4.sub(x1, nx), f32x4.sub(nx, x0)), wx),
            f32x4.mul(f32x4.pmax(f32x4.sub(y1, ny), f32x4.sub(ny, y0)), wy),
          ),
          f32x4.mul(f32x4.pmax(f32x4.sub(z1, nz), f32x4.sub(nz, z0)), wz),
        );
        let lanes = i32x4.bitmask(
          f32x4.le(nearest, f32x4.add(f32x4.mul(f32x4.add(reach, spread), slack), least)),
        );
        while (lanes !== 0) {
          const child = (side >> 2) + <usize>ctz(lanes);
          lanes &= lanes - 1;
          if (level !== 0) {
            store<u32>(top, level - 1);
            store<u32>(top, <u32>(below + child * GROUP_BYTES), 4);
            top += 8;
            continue;
          }
          const B = brickOf(g, groups, bricks, child);
          const stop = (<usize>load<u32>(B, 28)) << 2;
          for (let p = (<usize>load<u32>(B, 24)) << 2; p < stop; p += 16) {
            const x = v128.load(px + p);
            const y = v128.load(py + p);
            const z = v128.load(pz + p);
            const d = squared4(
              f32x4.mul(f32x4.sub(x, cx), fx),
              f32x4.mul(f32x4.sub(y, cy), fy),
              f32x4.mul(f32x4.sub(z, cz), fz),
            );
            const off = f32x4.add(
              f32x4.add(
                f32x4.mul(f32x4.abs(f32x4.sub(x, nx)), wx),
                f32x4.mul(f32x4.abs(f32x4.sub(y, ny)), wy),
              ),
              f32x4.mul(f32x4.abs(f32x4.sub(z, nz)), wz),
            );
            let close = i32x4.bitmask(f32x4.le(d, f32x4.add(f32x4.mul(f32x4.add(reach, off), slack), least)));
            // The next brick's points are met again there.
            if (stop - p < 16) close &= (1 << (<i32>(stop - p) >> 2)) - 1;
            while (close !== 0) {
              const at = p + ((<usize>ctz(close)) << 2);
              close &= close - 1;
              store<u32>(keptX + kept, load<u32>(px + at));
              store<u32>(keptY + kept, load<u32>(py + at));
              store<u32>(keptZ + kept, load<u32>(pz + at));
              kept += 4;
            }
          }
        }
      }
    }
    fillUp(keptX, keptY, keptZ, kept);

    let near: usize = 0;
    let nearX = keptX;
    let nearY = keptY;
    let nearZ = keptZ;
    for (let first = from; first < end; first += TOGETHER) {
      const stop = min(first + TOGETHER, end);
      let listX = keptX;
      let listY = keptY;
      let listZ = keptZ;
      let listed = kept;
      let seed = near;
      if (kept > LONG) {
        const x = load<f32>(nearX + near);
        const y = load<f32>(nearY + near);
        const z = load<f32>(nearZ + near);
        listed = narrow(
          qx,
          qy,
          qz,
          first,
          stop,
          x,
          y,
          z,
          fx,
          fy,
          fz,
          keptX,
          keptY,
          keptZ,
          kept,
          fewX,
          fewY,
          fewZ,
        );
        listX = fewX;
        listY = fewY;
        listZ = fewZ;
        seed = 0;
      }
      for (let i = first; i < stop; i++) {
        const x = load<f32>(qx + (i << 2));
        const y = load<f32>(qy + (i << 2));
        const z = load<f32>(qz + (i << 2));
        const x4 = f32x4.splat(x);
        const y4 = f32x4.splat(y);
        const z4 = f32x4.splat(z);
        let nearest = exact(listX, listY, listZ, seed, x, y, z, sx, sy, sz);
        let bound = f32x4.splat(wider(<f32>(nearest * scale)));
        for (let p: usize = 0; p < listed; p += 16) {
          const d = squared4(
            f32x4.mul(f32x4.sub(v128.load(listX + p), x4), fx),
            f32x4.mul(f32x4.sub(v128.load(listY + p), y4), fy),
            f32x4.mul(f32x4.sub(v128.load(listZ + p), z4), fz),
          );
          let close = i32x4.bitmask(f32x4.le(d, bound));
          while (close !== 0) {
            const at = p + ((<usize>ctz(close)) << 2);
            close &= close - 1;
            const real = exact(listX, listY, listZ, at, x, y, z, sx, sy, sz);
            if (real < nearest) {
              nearest = real;
              seed = at;
              bound = f32x4.splat(wider(<f32>(nearest * scale)));
            }
          }
        }
        store<f64>(out + (i << 3), nearest);
      }
      near = seed;
      nearX = listX;
      nearY = listY;
      nearZ = listZ;
    }
  }
}

/** So many queries share a list of their own, where the brick's has more bytes of x than this: measured. */
const TOGETHER: usize = 12;
const LONG: usize = 256;

/** The first of the eight groups below a group of a level over 0. */
function childrenOf(group: usize, groups: usize, levels: usize, level: u32): usize {
  const own = groups + <usize>load<u32>(levels + ((<usize>level) << 3)) * GROUP_BYTES;
  const below = groups + <usize>load<u32>(levels + ((<usize>(level - 1)) << 3)) * GROUP_BYTES;
  return below + (group - own) * 8;
}

/** Groups of level 0 come first, so their bricks are those of the same number. */
function brickOf(group: usize, groups: usize, bricks: usize, child: usize): usize {
  return bricks + (((group - groups) / GROUP_BYTES) * 8 + child) * BRICK_BYTES;
}

/** How far a point lies outside of an interval. */
function gap(low: v128, high: v128, at: v128, zero: v128, f: v128): v128 {
  return f32x4.mul(f32x4.pmax(f32x4.pmax(f32x4.sub(low, at), f32x4.sub(at, high)), zero), f);
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
