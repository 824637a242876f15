import { classAreas, lineClasses, surfaceClasses } from "./areas.ts";
import {
  BRICK_BYTES,
  brickOrder,
  GROUP_BYTES,
  RECORD_BYTES,
  STACK_BYTES,
  TREE_LEVELS_MAX,
} from "./bricks.ts";
import { type Distances, type FarDistances, mergeDistances, withBeyond } from "./distances.ts";
import type { Engine } from "./engine.ts";
import { type GridShape, surfaceGridBytes, surfacePlanes, surfaceRows, surfaceRowWords } from "./layout.ts";
import { type NearTables, nearScratchBytes, nearTables } from "./near-tables.ts";
import type { NearOffsets } from "./offsets.ts";

export type Spacing3 = readonly [number, number, number];
export type SurfaceDefinition = "surfel" | "voxel";

/** See `near`: where many words in a row found nothing, the next ones hardly will. */
const PATIENCE = 5;

/** What is the same for every label of an image: offsets to try, and classes of surface elements. */
export interface SurfacePlan {
  readonly definition: SurfaceDefinition;
  readonly spacing: Spacing3;
  readonly offsets: NearOffsets;
  /** By the code that `cornerClasses` makes. */
  readonly ofCode: Uint8Array;
  readonly weights: Float64Array;
}

/** In that code, the neighbours of a corner in the order of their bits in the code of areas.ts. */
const CODE_BITS: readonly number[] = [7, 3, 5, 1, 6, 2, 4, 0];

function byKernelCode(ofCode: Uint8Array): Uint8Array {
  return ofCode.map((_, code) => {
    const other = CODE_BITS.reduce((sum, bit, at) => sum | (((code >> at) & 1) << bit), 0);
    return ofCode[other] as number;
  });
}

export function surfacePlan(
  definition: SurfaceDefinition,
  spacing: Spacing3,
  flat: boolean,
  offsets: NearOffsets,
): SurfacePlan {
  if (definition === "voxel") {
    return { definition, spacing, offsets, ofCode: new Uint8Array(0), weights: Float64Array.of(1) };
  }
  const classes = flat ? lineClasses() : surfaceClasses();
  const units: Spacing3 = flat ? [spacing[0], spacing[1], 1] : spacing;
  return {
    definition,
    spacing,
    offsets,
    ofCode: byKernelCode(classes.ofCode),
    weights: classAreas(classes, units),
  };
}

/** A surface in the arena. */
interface Surface {
  /** Address of the grid's first word; 8 bytes of zeros lie before it. */
  readonly grid: number;
  readonly count: number;
  /** Address of the class of each element in scan order; 0 where there is one class only. */
  readonly classes: number;
  /** Elements of each class. */
  readonly tally: Uint32Array;
}

/**
 * Distances between the surfaces of two masks, given as bit grids of the same shape, neither empty: from the first to
 * the second, and back. Distances over `withinMm` need not be told apart: the far search, which has most of the work
 * where surfaces are far apart, is left out if the near search covers that much, and they are entered as infinite.
 */
export function surfaceDistances(
  engine: Engine,
  plan: SurfacePlan,
  shape: GridShape,
  maskA: number,
  maskB: number,
  withinMm = Number.POSITIVE_INFINITY,
): readonly [Distances, Distances] {
  const { arena } = engine;
  const mark = arena.mark();
  try {
    const a = findSurface(engine, plan, shape, maskA);
    const b = findSurface(engine, plan, shape, maskB);
    const only = withinMm < plan.offsets.coversMm;
    const tables = nearTables(plan.offsets, only ? withinMm : Number.POSITIVE_INFINITY);
    const tablesAt = arena.allocate(tables.bytes.length);
    arena.views.u8.set(tables.bytes, tablesAt);
    const search: NearSearch = { only, tables, tablesAt };
    return [directed(engine, plan, shape, search, a, b), directed(engine, plan, shape, search, b, a)];
  } finally {
    arena.release(mark);
  }
}

function findSurface(engine: Engine, plan: SurfacePlan, shape: GridShape, mask: number): Surface {
  const { arena } = engine;
  const { blocks, ny, nz, padY, padZ } = shape;
  const flat = shape.flat ? 1 : 0;
  const grid = arena.allocateZeroed(surfaceGridBytes(shape)) + 8;
  if (plan.definition === "voxel") {
    const count = engine.voxelSurface(mask, blocks, ny, nz, flat, grid, padY, padZ);
    return { grid, count, classes: 0, tally: Uint32Array.of(count) };
  }
  const count = engine.cornerSurface(mask, blocks, ny, nz, flat, grid, padY, padZ);
  const ofCode = arena.allocate(256);
  const classes = arena.allocate(count);
  const tally = arena.allocateZeroed(4 * plan.weights.length);
  arena.views.u8.set(plan.ofCode, ofCode);
  engine.cornerClasses(mask, blocks, ny, nz, flat, grid, padY, padZ, ofCode, classes, tally);
  const ofClass = arena.views.u32.slice(tally >>> 2, (tally >>> 2) + plan.weights.length);
  return { grid, count, classes, tally: ofClass };
}

interface NearSearch {
  /** Whether the near search tells all that is asked for, and nothing is left to the far search. */
  readonly only: boolean;
  readonly tables: NearTables;
  readonly tablesAt: number;
}

function directed(
  engine: Engine,
  { spacing, weights }: SurfacePlan,
  shape: GridShape,
  { only, tables, tablesAt }: NearSearch,
  from: Surface,
  to: Surface,
): Distances {
  const { arena } = engine;
  const mark = arena.mark();
  const rowWords = surfaceRowWords(shape);
  const rows = surfaceRows(shape);
  const bins = tables.squares.length * weights.length;
  const histogram = arena.allocateZeroed(bins * 4);
  const records = only ? 0 : arena.allocate(from.count * RECORD_BYTES);
  const scratch = arena.allocate(nearScratchBytes(shape, tables));
  const [y0, y1] = [shape.padY, shape.padY + shape.ny + 1];
  const [z0, z1] = [shape.padZ, surfacePlanes(shape) - shape.padZ];
  const left = engine.near(
    from.grid,
    to.grid,
    rowWords,
    rows,
    shape.x0,
    shape.x1,
    y0,
    y1,
    z0,
    z1,
    from.classes,
    weights.length,
    only ? 0 : PATIENCE,
    tablesAt,
    scratch,
    histogram,
    records,
  );
  arena.release(scratch);
  const counts = arena.views.u32.slice(histogram >>> 2, (histogram >>> 2) + bins);
  const found = { squares: tables.squares, counts, weights };
  const distances = only
    ? withBeyond(found, from.tally)
    : mergeDistances(found, left === 0 ? undefined : farDistances(engine, spacing, shape, records, left, to));
  arena.release(mark);
  return distances;
}

/** Sorted ascending. The arrays are views of the arena, valid until the next allocation. */
function farDistances(
  engine: Engine,
  spacing: Spacing3,
  shape: GridShape,
  records: number,
  count: number,
  to: Surface,
): FarDistances {
  const { arena } = engine;
  const rowWords = surfaceRowWords(shape);
  const rows = surfaceRows(shape);
  const planes = surfacePlanes(shape);
  const [y0, y1] = [shape.padY, shape.padY + shape.ny + 1];
  const [z0, z1] = [shape.padZ, planes - shape.padZ];
  const targets = arena.allocate(to.count * RECORD_BYTES);
  engine.collect(to.grid, rowWords, rows, y0, y1, z0, z1, targets);
  const order = brickOrder([rowWords * 32, rows, planes], spacing);
  const addresses = [order.x, order.y, order.z].map((table) => {
    const at = arena.allocate(table.byteLength);
    arena.views.u32.set(table, at >>> 2);
    return at;
  });
  const [orderX = 0, orderY = 0, orderZ = 0] = addresses;
  const build = (from: number, n: number): Bricks => {
    const [px, py, pz] = [
      arena.allocate(4 * (n + 4)),
      arena.allocate(4 * (n + 4)),
      arena.allocate(4 * (n + 4)),
    ];
    const classes = arena.allocate(2 * n);
    const bricks = arena.allocate(BRICK_BYTES * Math.min(n, order.cells));
    const cells = arena.allocateZeroed(4 * order.cells);
    const found = engine.buildBricks(
      from,
      n,
      orderX,
      orderY,
      orderZ,
      cells,
      order.cells,
      px,
      py,
      pz,
      classes,
      bricks,
    );
    arena.release(cells);
    return { bricks, found, px, py, pz, classes };
  };
  const q = build(records, count);
  const t = build(targets, to.count);
  const groups = arena.allocate(GROUP_BYTES * (Math.ceil(t.found / 7) + TREE_LEVELS_MAX));
  const levels = arena.allocate(8 * TREE_LEVELS_MAX);
  const levelCount = engine.buildTree(t.bricks, t.found, groups, levels);
  const scratch = arena.allocate(24 * (to.count + 4));
  const stack = arena.allocate(STACK_BYTES);
  const out = arena.allocate(8 * count);
  engine.far(
    q.bricks,
    q.found,
    q.px,
    q.py,
    q.pz,
    t.bricks,
    groups,
    levels,
    levelCount,
    t.px,
    t.py,
    t.pz,
    to.count,
    spacing[0],
    spacing[1],
    spacing[2],
    scratch,
    stack,
    out,
  );
  engine.sortDistances(out, q.classes, count, arena.allocate(8 * count), arena.allocate(2 * count));
  return {
    squares: arena.views.f64.subarray(out >>> 3, (out >>> 3) + count),
    classes: arena.views.u16.subarray(q.classes >>> 1, (q.classes >>> 1) + count),
  };
}

interface Bricks {
  readonly bricks: number;
  readonly found: number;
  readonly px: number;
  readonly py: number;
  readonly pz: number;
  readonly classes: number;
}
