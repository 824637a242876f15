import { MIXED, MIXED_BYTES } from "./layout";

export function crop(
  masks: usize,
  codes: usize,
  mixed: usize,
  perRow: u32,
  rowsPerPlane: u32,
  label: u32,
  block0: u32,
  blocks: u32,
  y0: u32,
  ny: u32,
  z0: u32,
  nz: u32,
  out: usize,
): void {
  const inside = min(blocks, perRow - block0);
  const rowBytes = (<usize>blocks) << 3;
  memory.fill(out, 0, rowBytes * (ny + 2) * (nz + 2));
  for (let z: u32 = 0; z < nz; z++) {
    for (let y: u32 = 0; y < ny; y++) {
      const from = (<usize>(z0 + z) * rowsPerPlane + y0 + y) * perRow + block0;
      const code0 = codes + (from << 2);
      const mask0 = masks + (from << 3);
      const to = out + (<usize>(z + 1) * (ny + 2) + y + 1) * rowBytes;
      for (let k: usize = 0; k < inside; k++) {
        const code = load<u32>(code0 + (k << 2));
        if (code === 0) continue;
        if (code === label || label === 0) {
          store<u64>(to + (k << 3), load<u64>(mask0 + (k << 3)));
        } else if (code >= MIXED) {
          store<u64>(to + (k << 3), equal(mixed + <usize>(code - MIXED) * MIXED_BYTES, <i16>label));
        }
      }
    }
  }
}

function equal(at: usize, label: i16): u64 {
  const wanted = i16x8.splat(label);
  let bits: u64 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const low = i16x8.eq(v128.load(at + (i << 5)), wanted);
    const high = i16x8.eq(v128.load(at + (i << 5), 16), wanted);
    bits |= (<u64>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high))) << ((<u64>i) << 4);
  }
  return bits;
}
