/**
 * How masks lie in the arena. Both engines, plain TypeScript and WebAssembly, work on these same layouts, so either can
 * take over from the other between two calls.
 *
 * A **packed volume** stores each row (x fastest) as blocks of 64 voxels: 8 bytes of mask (bit set: label is not 0) and
 * a u32 that is the label when the block holds one label only, or 65,536 + the number of a **mixed block**, which
 * spells out 64 labels as u16. A **label table** has an entry per label: count, then smallest and largest x, y and z.
 *
 * A **bit grid** is a mask of one label in a box: rows of 64-bit blocks, with a row and a plane of zeros before and
 * after, so that neighbours need no question about the edge. A **surface grid** holds surface elements (grid corners or
 * voxels), padded by as many rows and planes as the near search may look away, and by one block between rows.
 */
export const BLOCK = 64;
export const MIXED = 65_536;
export const MIXED_BYTES = 128;
export const LABEL_ENTRY_WORDS = 8;
/** Coordinates of surface elements are stored in 16 bits, padding included. */
export const AXIS_MAX = 65_000;
export const VOXELS_MAX = 2 ** 30;
/** The near search looks at most so many elements to either side along x: what half a byte can tell apart. */
export const NEAR_X = 15;

/** A box of voxels, both ends included. */
export interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly z0: number;
  readonly z1: number;
}

export interface PackedVolume {
  readonly masks: number;
  readonly blocks: number;
  readonly mixed: number;
  readonly table: number;
  /** Entries of the table: labels are below this. */
  readonly labels: number;
}

/** Shape of the bit grids and surface grids over one box. */
export interface GridShape {
  readonly flat: boolean;
  /** First block of the box in a row of the packed volume. */
  readonly block0: number;
  /** 64-bit blocks of a bit grid's row; wide enough for the corner right of the box. */
  readonly blocks: number;
  /** In such a row, the box's first voxel and the corner right of its last one. */
  readonly x0: number;
  readonly x1: number;
  /** Voxels of the box in y and z. */
  readonly ny: number;
  readonly nz: number;
  /** Padding of the surface grid. */
  readonly padY: number;
  readonly padZ: number;
}

export function gridShape(box: Box, flat: boolean, nearY: number, nearZ: number): GridShape {
  const block0 = box.x0 >> 6;
  const ny = box.y1 - box.y0 + 1;
  const nz = box.z1 - box.z0 + 1;
  return {
    flat,
    block0,
    blocks: ((box.x1 + 1) >> 6) - block0 + 1,
    x0: box.x0 - BLOCK * block0,
    x1: box.x1 + 1 - BLOCK * block0,
    ny,
    nz,
    padY: Math.min(nearY, ny),
    padZ: flat ? 0 : Math.min(nearZ, nz),
  };
}

export function bitGridBytes(grid: GridShape): number {
  return grid.blocks * 8 * (grid.ny + 2) * (grid.nz + 2);
}

/** 32-bit words of a surface grid's row; the last two stay 0. */
export function surfaceRowWords(grid: GridShape): number {
  return 2 * (grid.blocks + 1);
}

export function surfaceRows(grid: GridShape): number {
  return grid.ny + 1 + 2 * grid.padY;
}

export function surfacePlanes(grid: GridShape): number {
  return grid.flat ? 1 : grid.nz + 1 + 2 * grid.padZ;
}

/** With 8 bytes before and after, so that a window over the first or last word stays inside. */
export function surfaceGridBytes(grid: GridShape): number {
  return 16 + surfaceRowWords(grid) * 4 * surfaceRows(grid) * surfacePlanes(grid);
}

export function unionBox(a: Box, b: Box): Box {
  return {
    x0: Math.min(a.x0, b.x0),
    x1: Math.max(a.x1, b.x1),
    y0: Math.min(a.y0, b.y0),
    y1: Math.max(a.y1, b.y1),
    z0: Math.min(a.z0, b.z0),
    z1: Math.max(a.z1, b.z1),
  };
}
