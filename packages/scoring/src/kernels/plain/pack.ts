import type { Views } from "../arena.ts";
import { LABEL_ENTRY_WORDS, MIXED, MIXED_BYTES } from "../layout.ts";

/**
 * Packs rows of labels (`voxelBytes` 1 or 2 each) from `source` and counts every label into the table.
 * @returns the number of mixed blocks so far; the caller has made room for one per block of these rows.
 */
export function pack(
  m: Views,
  source: number,
  voxelBytes: number,
  nx: number,
  ny: number,
  row0: number,
  rows: number,
  masks: number,
  blocks: number,
  mixed: number,
  mixedUsed: number,
  table: number,
): number {
  const { u8, u16, u32 } = m;
  const perRow = (nx + 63) >> 6;
  const rowBytes = nx * voxelBytes;
  const wordAligned = (source & 3) === 0 && (rowBytes & 3) === 0;
  const perWord = 4 / voxelBytes;
  const everyVoxel = voxelBytes === 1 ? 0x01010101 : 0x00010001;
  let used = mixedUsed;
  for (let r = 0; r < rows; r++) {
    const row = row0 + r;
    const y = row % ny;
    const z = (row - y) / ny;
    const start = source + r * rowBytes;
    for (let k = 0; k < perRow; k++) {
      const x0 = k << 6;
      const n = Math.min(64, nx - x0);
      const at = start + x0 * voxelBytes;
      const block = row * perRow + k;
      const mask = (masks >>> 2) + 2 * block;
      const code = (blocks >>> 2) + block;
      if (wordAligned) {
        // n is a multiple of the voxels in a word here, for nx is.
        const words = n / perWord;
        const first = at >>> 2;
        let any = 0;
        for (let i = 0; i < words; i++) any |= u32[first + i] as number;
        if (any === 0) {
          u32[mask] = 0;
          u32[mask + 1] = 0;
          u32[code] = 0;
          continue;
        }
      }
      let low = 0;
      let high = 0;
      let label = 0;
      let same = true;
      for (let i = 0; i < n; i++) {
        if (wordAligned && i % perWord === 0) {
          const word = u32[(at + i * voxelBytes) >>> 2] as number;
          // All background, or all of the label seen before: inside an object that is nearly every word.
          const isSame = label !== 0 && word === Math.imul(label, everyVoxel) >>> 0;
          if (isSame && i < 32) low |= ((1 << perWord) - 1) << i;
          else if (isSame) high |= ((1 << perWord) - 1) << (i - 32);
          if (isSame || word === 0) {
            i += perWord - 1;
            continue;
          }
        }
        const v = (voxelBytes === 1 ? u8[at + i] : u16[(at >>> 1) + i]) as number;
        if (v === 0) continue;
        if (i < 32) low |= 1 << i;
        else high |= 1 << (i - 32);
        if (label === 0) label = v;
        else if (v !== label) same = false;
      }
      u32[mask] = low;
      u32[mask + 1] = high;
      if (label === 0) {
        u32[code] = 0;
      } else if (same) {
        u32[code] = label;
        const left = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
        const right = high === 0 ? 31 - Math.clz32(low) : 63 - Math.clz32(high);
        note(u32, table, label, ones(low) + ones(high), x0 + left, x0 + right, y, z);
      } else {
        u32[code] = MIXED + used;
        const out = (mixed + used * MIXED_BYTES) >>> 1;
        used++;
        for (let i = 0; i < 64; i++) {
          const v = i < n ? ((voxelBytes === 1 ? u8[at + i] : u16[(at >>> 1) + i]) as number) : 0;
          u16[out + i] = v;
          if (v !== 0) note(u32, table, v, 1, x0 + i, x0 + i, y, z);
        }
      }
    }
  }
  return used;
}

/** Counts voxels of a label in one row, from `left` to `right`. Rows come in ascending order of z. */
export function note(
  u32: Uint32Array,
  table: number,
  label: number,
  count: number,
  left: number,
  right: number,
  y: number,
  z: number,
): void {
  const e = (table >>> 2) + label * LABEL_ENTRY_WORDS;
  const before = u32[e] as number;
  u32[e] = before + count;
  if (before === 0) {
    u32[e + 1] = left;
    u32[e + 2] = right;
    u32[e + 3] = y;
    u32[e + 4] = y;
    u32[e + 5] = z;
    u32[e + 6] = z;
    return;
  }
  if (left < (u32[e + 1] as number)) u32[e + 1] = left;
  if (right > (u32[e + 2] as number)) u32[e + 2] = right;
  if (y < (u32[e + 3] as number)) u32[e + 3] = y;
  if (y > (u32[e + 4] as number)) u32[e + 4] = y;
  u32[e + 6] = z;
}

export function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** The number of bits set. */
export function ones(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
