export function cornerSurface(
  mask: usize,
  blocks: u32,
  ny: u32,
  nz: u32,
  flat: u32,
  out: usize,
  padY: u32,
  padZ: u32,
): u32 {
  const rowBytes = (<usize>blocks) << 3;
  const outRow = rowBytes + 8;
  const outRows = ny + 1 + 2 * padY;
  const planes: u32 = flat ? 1 : nz + 1;
  let count: u32 = 0;
  for (let z: u32 = 0; z < planes; z++) {
    for (let y: u32 = 0; y <= ny; y++) {
      const c = mask + (<usize>(z + 1) * (ny + 2) + y) * rowBytes;
      const a = flat ? c : c - <usize>(ny + 2) * rowBytes;
      const b = a + rowBytes;
      const d = c + rowBytes;
      const to = out + (<usize>(z + padZ) * outRows + y + padY) * outRow;
      let anyBefore: u64 = 0;
      let allBefore: u64 = 0;
      for (let k: usize = 0; k < rowBytes; k += 8) {
        const wa = load<u64>(a + k);
        const wb = load<u64>(b + k);
        const wc = load<u64>(c + k);
        const wd = load<u64>(d + k);
        const any = wa | wb | wc | wd;
        if ((any | anyBefore) === 0) continue;
        const all = wa & wb & wc & wd;
        const surface = (any | (any << 1) | anyBefore) & ~(all & ((all << 1) | allBefore));
        anyBefore = any >> 63;
        allBefore = all >> 63;
        if (surface !== 0) {
          store<u64>(to + k, surface);
          count += <u32>popcnt(surface);
        }
      }
    }
  }
  return count;
}

export function cornerClasses(
  mask: usize,
  blocks: u32,
  ny: u32,
  nz: u32,
  flat: u32,
  surface: usize,
  padY: u32,
  padZ: u32,
  classes: usize,
  out: usize,
  tally: usize,
): void {
  const rowBytes = (<usize>blocks) << 3;
  const outRow = rowBytes + 8;
  const outRows = ny + 1 + 2 * padY;
  const planes: u32 = flat ? 1 : nz + 1;
  let to = out;
  for (let z: u32 = 0; z < planes; z++) {
    for (let y: u32 = 0; y <= ny; y++) {
      const c = mask + (<usize>(z + 1) * (ny + 2) + y) * rowBytes;
      const a = flat ? c : c - <usize>(ny + 2) * rowBytes;
      const b = a + rowBytes;
      const d = c + rowBytes;
      const from = surface + (<usize>(z + padZ) * outRows + y + padY) * outRow;
      for (let k: usize = 0; k < rowBytes; k += 4) {
        let left = load<u32>(from + k);
        if (left === 0) continue;
        const wa = pairs(a, k);
        const wb = pairs(b, k);
        const wc = pairs(c, k);
        const wd = pairs(d, k);
        do {
          const i = <u64>ctz(left);
          left &= left - 1;
          const code =
            ((wa >> i) & 3) | (((wb >> i) & 3) << 2) | (((wc >> i) & 3) << 4) | (((wd >> i) & 3) << 6);
          const group = load<u8>(classes + <usize>code);
          store<u8>(to++, group);
          const t = tally + ((<usize>group) << 2);
          store<u32>(t, load<u32>(t) + 1);
        } while (left !== 0);
      }
    }
  }
}

/** A row from one voxel before a word on: bits i and i + 1 are the voxels before and after its corner i. */
function pairs(row: usize, k: usize): u64 {
  // Words of the row above must not leak in.
  return k === 0 ? (<u64>load<u32>(row)) << 1 : load<u64>(row + k - 4) >> 31;
}

export function voxelSurface(
  mask: usize,
  blocks: u32,
  ny: u32,
  nz: u32,
  flat: u32,
  out: usize,
  padY: u32,
  padZ: u32,
): u32 {
  const rowBytes = (<usize>blocks) << 3;
  const plane = rowBytes * (ny + 2);
  const outRow = rowBytes + 8;
  const outRows = ny + 1 + 2 * padY;
  let count: u32 = 0;
  for (let z: u32 = 0; z < nz; z++) {
    for (let y: u32 = 0; y < ny; y++) {
      const row = mask + <usize>(z + 1) * plane + <usize>(y + 1) * rowBytes;
      const to = out + (<usize>(z + padZ) * outRows + y + padY) * outRow;
      for (let k: usize = 0; k < rowBytes; k += 8) {
        const p = row + k;
        const w = load<u64>(p);
        if (w === 0) continue;
        const before: u64 = k === 0 ? 0 : load<u64>(p - 8) >> 63;
        const after: u64 = k === rowBytes - 8 ? 0 : load<u64>(p + 8) << 63;
        let inner = ((w << 1) | before) & ((w >> 1) | after);
        inner &= load<u64>(p - rowBytes) & load<u64>(p + rowBytes);
        if (!flat) inner &= load<u64>(p - plane) & load<u64>(p + plane);
        const surface = w & ~inner;
        if (surface !== 0) {
          store<u64>(to + k, surface);
          count += <u32>popcnt(surface);
        }
      }
    }
  }
  return count;
}
