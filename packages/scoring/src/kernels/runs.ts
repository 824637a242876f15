import type { Engine } from "./engine.ts";
import { type Box, bitGridBytes, gridShape } from "./layout.ts";
import { RUN_WORDS } from "./plain/components.ts";

/** Which objects' runs to take. */
export type Chosen = (object: number) => boolean;

/** The smallest box around the chosen runs of an image with `rowsPerPlane` rows in a plane. */
export function runsBox(runs: Uint32Array, rowsPerPlane: number, chosen: Chosen): Box | undefined {
  let box: { -readonly [K in keyof Box]: number } | undefined;
  for (let i = 0; i < runs.length; i += RUN_WORDS) {
    if (!chosen(runs[i + 3] as number)) continue;
    const [first, last, row] = [runs[i] as number, runs[i + 1] as number, runs[i + 2] as number];
    const y = row % rowsPerPlane;
    const z = (row - y) / rowsPerPlane;
    if (!box) {
      box = { x0: first, x1: last, y0: y, y1: y, z0: z, z1: z };
      continue;
    }
    box.x0 = Math.min(box.x0, first);
    box.x1 = Math.max(box.x1, last);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y);
    box.z1 = z;
  }
  return box;
}

/** Writes the chosen runs as a bit grid over a box that holds them. @returns its address in the arena. */
export function runsGrid(
  engine: Engine,
  runs: Uint32Array,
  rowsPerPlane: number,
  chosen: Chosen,
  box: Box,
): number {
  const grid = gridShape(box, false, 0, 0);
  const at = engine.arena.allocateZeroed(bitGridBytes(grid));
  const { u32 } = engine.arena.views;
  const words = 2 * grid.blocks;
  const x0 = grid.block0 << 6;
  for (let i = 0; i < runs.length; i += RUN_WORDS) {
    if (!chosen(runs[i + 3] as number)) continue;
    const row = runs[i + 2] as number;
    const y = row % rowsPerPlane;
    const z = (row - y) / rowsPerPlane;
    const to = (at >>> 2) + ((z - box.z0 + 1) * (grid.ny + 2) + y - box.y0 + 1) * words;
    setBits(u32, to, (runs[i] as number) - x0, (runs[i + 1] as number) - x0);
  }
  return at;
}

function setBits(u32: Uint32Array, row: number, first: number, last: number): void {
  for (let k = first >> 5; k <= last >> 5; k++) {
    const low = Math.max(first - (k << 5), 0);
    const high = Math.min(last - (k << 5), 31);
    u32[row + k] = (u32[row + k] as number) | ((-1 << low) & (-1 >>> (31 - high)));
  }
}

/**
 * Dilates a bit grid by the structure with 18 neighbours, in place, `iterations` times. The box must leave that much
 * room on all sides; bits that reach the grid's zero rows would be lost.
 */
export function dilate18(engine: Engine, grid: number, box: Box, iterations: number): void {
  const { arena } = engine;
  const shape = gridShape(box, false, 0, 0);
  const words = 2 * shape.blocks;
  const plane = words * (shape.ny + 2);
  const mark = arena.mark();
  const copy = arena.allocate(bitGridBytes(shape));
  const { u8, u32 } = arena.views;
  for (let round = 0; round < iterations; round++) {
    u8.copyWithin(copy, grid, grid + bitGridBytes(shape));
    for (let z = 1; z <= shape.nz; z++) {
      for (let y = 1; y <= shape.ny; y++) {
        const from = (copy >>> 2) + z * plane + y * words;
        const to = (grid >>> 2) + z * plane + y * words;
        const get = (at: number): number => u32[at] as number;
        // Itself and the four rows that share a face may step along x too; the four across an edge may not.
        const cross = (at: number): number =>
          get(at) | get(at - words) | get(at + words) | get(at - plane) | get(at + plane);
        for (let k = 0; k < words; k++) {
          const at = from + k;
          const here = cross(at);
          const before = k === 0 ? 0 : cross(at - 1) >>> 31;
          const after = k === words - 1 ? 0 : cross(at + 1) << 31;
          const corners =
            get(at - plane - words) |
            get(at - plane + words) |
            get(at + plane - words) |
            get(at + plane + words);
          u32[to + k] = here | (here << 1) | before | (here >>> 1) | after | corners;
        }
      }
    }
  }
  arena.release(mark);
}
