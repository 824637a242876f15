import type { Views } from "../arena.ts";
import { MIXED, MIXED_BYTES } from "../layout.ts";

/** Any label but 0. */
export const ANY_LABEL = 0;

/**
 * Writes the bit grid of one label (0: of all labels together) in a box of a packed volume: `ny + 2` rows in each of
 * `nz + 2` planes, `blocks` blocks a row, from block `block0`, row `y0`, plane `z0` of the volume.
 */
export function crop(
  m: Views,
  masks: number,
  codes: number,
  mixed: number,
  perRow: number,
  rowsPerPlane: number,
  label: number,
  block0: number,
  blocks: number,
  y0: number,
  ny: number,
  z0: number,
  nz: number,
  out: number,
): void {
  const { u16, u32 } = m;
  const inside = Math.min(blocks, perRow - block0);
  const rowWords = 2 * blocks;
  u32.fill(0, out >>> 2, (out >>> 2) + rowWords * (ny + 2) * (nz + 2));
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const from = ((z0 + z) * rowsPerPlane + y0 + y) * perRow + block0;
      const to = (out >>> 2) + ((z + 1) * (ny + 2) + y + 1) * rowWords;
      for (let k = 0; k < inside; k++) {
        const code = u32[(codes >>> 2) + from + k] as number;
        if (code === 0) continue;
        if (code === label || label === ANY_LABEL) {
          u32[to + 2 * k] = u32[(masks >>> 2) + 2 * (from + k)] as number;
          u32[to + 2 * k + 1] = u32[(masks >>> 2) + 2 * (from + k) + 1] as number;
        } else if (code >= MIXED) {
          const at = (mixed + (code - MIXED) * MIXED_BYTES) >>> 1;
          let low = 0;
          let high = 0;
          for (let i = 0; i < 32; i++) {
            if (u16[at + i] === label) low |= 1 << i;
            if (u16[at + 32 + i] === label) high |= 1 << i;
          }
          u32[to + 2 * k] = low;
          u32[to + 2 * k + 1] = high;
        }
      }
    }
  }
}
