import type { Views } from "../arena.ts";
import { MIXED, MIXED_BYTES } from "../layout.ts";
import { ones } from "./pack.ts";

/** Adds to `counts[label]` (u32) the voxels where both packed volumes have this same label. */
export function overlap(
  m: Views,
  masksA: number,
  blocksA: number,
  mixedA: number,
  masksB: number,
  blocksB: number,
  mixedB: number,
  blockCount: number,
  counts: number,
): void {
  const { u16, u32 } = m;
  const base = counts >>> 2;
  for (let b = 0; b < blockCount; b++) {
    const codeA = u32[(blocksA >>> 2) + b] as number;
    if (codeA === 0) continue;
    const codeB = u32[(blocksB >>> 2) + b] as number;
    if (codeB === 0) continue;
    if (codeA < MIXED && codeB < MIXED) {
      if (codeA !== codeB) continue;
      const a = (masksA >>> 2) + 2 * b;
      const o = (masksB >>> 2) + 2 * b;
      const low = (u32[a] as number) & (u32[o] as number);
      const high = (u32[a + 1] as number) & (u32[o + 1] as number);
      u32[base + codeA] = (u32[base + codeA] as number) + ones(low) + ones(high);
      continue;
    }
    for (let i = 0; i < 64; i++) {
      const a = labelAt(u16, u32, masksA, mixedA, codeA, b, i);
      if (a === 0 || a !== labelAt(u16, u32, masksB, mixedB, codeB, b, i)) continue;
      u32[base + a] = (u32[base + a] as number) + 1;
    }
  }
}

/** The label of voxel `i` of a block. */
export function labelAt(
  u16: Uint16Array,
  u32: Uint32Array,
  masks: number,
  mixed: number,
  code: number,
  block: number,
  i: number,
): number {
  if (code >= MIXED) return u16[((mixed + (code - MIXED) * MIXED_BYTES) >>> 1) + i] as number;
  const word = u32[(masks >>> 2) + 2 * block + (i >> 5)] as number;
  return (word >>> (i & 31)) & 1 ? code : 0;
}
