export function squared4(x: v128, y: v128, z: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y)), f32x4.mul(z, z));
}

/**
 * Of a list of targets, those that may be nearer to any of some queries than (nx, ny, nz), which is one of them: the
 * rule of the bricks, with the box of these queries.
 */
export function narrow(
  qx: usize,
  qy: usize,
  qz: usize,
  first: usize,
  stop: usize,
  nx: f32,
  ny: f32,
  nz: f32,
  fx: v128,
  fy: v128,
  fz: v128,
  listX: usize,
  listY: usize,
  listZ: usize,
  listed: usize,
  outX: usize,
  outY: usize,
  outZ: usize,
): usize {
  let lowX = v128.load32_splat(qx + (first << 2));
  let lowY = v128.load32_splat(qy + (first << 2));
  let lowZ = v128.load32_splat(qz + (first << 2));
  let highX = lowX;
  let highY = lowY;
  let highZ = lowZ;
  for (let i = first + 1; i < stop; i++) {
    const x = v128.load32_splat(qx + (i << 2));
    const y = v128.load32_splat(qy + (i << 2));
    const z = v128.load32_splat(qz + (i << 2));
    lowX = f32x4.pmin(lowX, x);
    lowY = f32x4.pmin(lowY, y);
    lowZ = f32x4.pmin(lowZ, z);
    highX = f32x4.pmax(highX, x);
    highY = f32x4.pmax(highY, y);
    highZ = f32x4.pmax(highZ, z);
  }
  const half = f32x4.splat(0.5);
  const cx = f32x4.mul(f32x4.add(lowX, highX), half);
  const cy = f32x4.mul(f32x4.add(lowY, highY), half);
  const cz = f32x4.mul(f32x4.add(lowZ, highZ), half);
  const hx = f32x4.mul(f32x4.sub(highX, lowX), fx);
  const hy = f32x4.mul(f32x4.sub(highY, lowY), fy);
  const hz = f32x4.mul(f32x4.sub(highZ, lowZ), fz);
  const wx = f32x4.mul(hx, fx);
  const wy = f32x4.mul(hy, fy);
  const wz = f32x4.mul(hz, fz);
  const nx4 = f32x4.splat(nx);
  const ny4 = f32x4.splat(ny);
  const nz4 = f32x4.splat(nz);
  const least = leastMargin(hx, hy, hz);
  const slack = f32x4.splat(SLACK);
  const reach = squared4(
    f32x4.mul(f32x4.sub(cx, nx4), fx),
    f32x4.mul(f32x4.sub(cy, ny4), fy),
    f32x4.mul(f32x4.sub(cz, nz4), fz),
  );
  let kept: usize = 0;
  for (let p: usize = 0; p < listed; p += 16) {
    const x = v128.load(listX + p);
    const y = v128.load(listY + p);
    const z = v128.load(listZ + p);
    const d = squared4(
      f32x4.mul(f32x4.sub(x, cx), fx),
      f32x4.mul(f32x4.sub(y, cy), fy),
      f32x4.mul(f32x4.sub(z, cz), fz),
    );
    const off = f32x4.add(
      f32x4.add(f32x4.mul(f32x4.abs(f32x4.sub(x, nx4)), wx), f32x4.mul(f32x4.abs(f32x4.sub(y, ny4)), wy)),
      f32x4.mul(f32x4.abs(f32x4.sub(z, nz4)), wz),
    );
    let close = i32x4.bitmask(f32x4.le(d, f32x4.add(f32x4.mul(f32x4.add(reach, off), slack), least)));
    // Not the copies that fill the last four up.
    if (listed - p < 16) close &= (1 << (<i32>(listed - p) >> 2)) - 1;
    while (close !== 0) {
      const at = p + ((<usize>ctz(close)) << 2);
      close &= close - 1;
      store<u32>(outX + kept, load<u32>(listX + at));
      store<u32>(outY + kept, load<u32>(listY + at));
      store<u32>(outZ + kept, load<u32>(listZ + at));
      kept += 4;
    }
  }
  fillUp(outX, outY, outZ, kept);
  return kept;
}

/** Three copies of the first target after the last, for the last four to be read at once. */
export function fillUp(x: usize, y: usize, z: usize, kept: usize): void {
  for (let i: usize = 0; i < 12; i += 4) {
    store<u32>(x + kept + i, load<u32>(x));
    store<u32>(y + kept + i, load<u32>(y));
    store<u32>(z + kept + i, load<u32>(z));
  }
}

export const SLACK: f32 = 1.0 + 1.0 / 131072.0;

/** Where the margin would be next to nothing: so that it stays above the rounding of f64 too. */
export function leastMargin(hx: v128, hy: v128, hz: v128): v128 {
  return f32x4.add(f32x4.mul(squared4(hx, hy, hz), f32x4.splat(1.0 / 1048576.0)), f32x4.splat(<f32>1e-30));
}
