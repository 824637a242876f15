import { MIXED, MIXED_BYTES } from "./layout";

export function overlap(
  masksA: usize,
  blocksA: usize,
  mixedA: usize,
  masksB: usize,
  blocksB: usize,
  mixedB: usize,
  blockCount: u32,
  counts: usize,
): void {
  for (let b: u32 = 0; b < blockCount; b++) {
    const at = (<usize>b) << 2;
    // Most blocks of most images are empty, and eight of them can be told at once.
    if ((b & 7) === 0 && b + 8 <= blockCount) {
      const some = v128.or(v128.load(blocksA + at), v128.load(blocksA + at, 16));
      if (!v128.any_true(some)) {
        b += 7;
        continue;
      }
    }
    const codeA = load<u32>(blocksA + at);
    const codeB = load<u32>(blocksB + at);
    if (codeA === 0 || codeB === 0) continue;
    const both = load<u64>(masksA + (at << 1)) & load<u64>(masksB + (at << 1));
    if (codeA < MIXED && codeB < MIXED) {
      if (codeA === codeB) add(counts, codeA, <u32>popcnt(both));
      continue;
    }
    let left = both;
    while (left !== 0) {
      const i = <usize>ctz(left);
      left &= left - 1;
      const a = labelAt(mixedA, codeA, i);
      if (a === labelAt(mixedB, codeB, i)) add(counts, a, 1);
    }
  }
}

function add(counts: usize, label: u32, n: u32): void {
  const c = counts + ((<usize>label) << 2);
  store<u32>(c, load<u32>(c) + n);
}

/** Of a voxel whose mask bit is set. */
function labelAt(mixed: usize, code: u32, i: usize): u32 {
  return code < MIXED ? code : load<u16>(mixed + <usize>(code - MIXED) * MIXED_BYTES + (i << 1));
}
