import type { Engine } from "./engine.ts";
import { LABEL_ENTRY_WORDS, MIXED, MIXED_BYTES, type PackedVolume } from "./layout.ts";
import { note, ones, trailingZeros } from "./plain/pack.ts";
import type { Shape } from "./volumes.ts";

/** A volume that holds label 1 alone, until the caller releases it: nothing at first. */
export function emptyVolume(engine: Engine, [nx, ny, nz = 1]: Shape): PackedVolume {
  const { arena } = engine;
  const blocks = ((nx + 63) >> 6) * ny * nz;
  return {
    masks: arena.allocateZeroed(8 * blocks),
    blocks: arena.allocateZeroed(4 * blocks),
    mixed: 0,
    table: arena.allocateZeroed(2 * 4 * LABEL_ENTRY_WORDS),
    labels: 2,
  };
}

/** Some labels of a packed volume as one, label 1, and nothing else; in the arena until the caller releases it. */
export function regionVolume(
  engine: Engine,
  volume: PackedVolume,
  shape: Shape,
  chosen: readonly number[],
): PackedVolume {
  const [nx, ny, nz = 1] = shape;
  const perRow = (nx + 63) >> 6;
  const region = emptyVolume(engine, shape);
  const inside = new Uint8Array(volume.labels);
  for (const label of chosen) inside[label] = 1;
  const { u16, u32 } = engine.arena.views;
  for (let row = 0; row < ny * nz; row++) {
    for (let k = 0; k < perRow; k++) {
      const block = row * perRow + k;
      const code = u32[(volume.blocks >>> 2) + block] as number;
      const mask = (volume.masks >>> 2) + 2 * block;
      let low = 0;
      let high = 0;
      if (code >= MIXED) {
        const at = (volume.mixed + (code - MIXED) * MIXED_BYTES) >>> 1;
        for (let i = 0; i < 32; i++) {
          low |= (inside[u16[at + i] as number] as number) << i;
          high |= (inside[u16[at + 32 + i] as number] as number) << i;
        }
      } else if (inside[code] === 1) {
        low = u32[mask] as number;
        high = u32[mask + 1] as number;
      }
      if ((low | high) === 0) continue;
      u32[(region.masks >>> 2) + 2 * block] = low;
      u32[(region.masks >>> 2) + 2 * block + 1] = high;
      u32[(region.blocks >>> 2) + block] = 1;
      const left = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
      const right = high === 0 ? 31 - Math.clz32(low) : 63 - Math.clz32(high);
      const y = row % ny;
      note(u32, region.table, 1, ones(low) + ones(high), 64 * k + left, 64 * k + right, y, (row - y) / ny);
    }
  }
  return region;
}
