import { ScoringError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import {
  AXIS_MAX,
  type Box,
  LABEL_ENTRY_WORDS,
  LABEL_TABLE_BYTES,
  LABELS,
  MIXED_BYTES,
  type PackedVolume,
  VOXELS_MAX,
} from "./layout.ts";

/** Voxels per axis, x fastest: two axes for an image, three for a volume. */
export type Shape = readonly [number, number] | readonly [number, number, number];
/** Labels, 0 for background, x fastest. */
export type LabelArray = Uint8Array | Uint16Array;

export interface LabelStats {
  readonly count: number;
  readonly box: Box;
}

/** Copied and packed piece by piece, so that a piece stays in the processor's cache. */
const PIECE_BYTES = 1 << 18;

export function checkShape(shape: readonly number[], argument = "shape"): Shape {
  const [nx, ny, nz] = shape;
  const wrong =
    nx === undefined ||
    ny === undefined ||
    shape.length > 3 ||
    shape.some((n) => !Number.isInteger(n) || n < 1 || n > AXIS_MAX);
  if (wrong) {
    throw new ScoringError("bad_shape", `A shape has two or three axes of 1 to ${AXIS_MAX} voxels.`, {
      argument,
    });
  }
  if (nx * ny * (nz ?? 1) > VOXELS_MAX) {
    throw new ScoringError("too_large", `An image has at most ${VOXELS_MAX} voxels.`, { argument });
  }
  return nz === undefined ? [nx, ny] : [nx, ny, nz];
}

/** Packs a label image into the arena, where it stays until the caller releases it. */
export function packVolume(engine: Engine, shape: Shape, labels: LabelArray, argument: string): PackedVolume {
  const { arena } = engine;
  const [nx, ny, nz = 1] = shape;
  if (labels.length !== nx * ny * nz) {
    throw new ScoringError(
      "length_mismatch",
      `The shape has ${nx * ny * nz} voxels, the array ${labels.length}.`,
      { argument },
    );
  }
  const rows = ny * nz;
  const blocksPerRow = (nx + 63) >> 6;
  const table = arena.allocateZeroed(LABEL_TABLE_BYTES);
  const masks = arena.allocate(rows * blocksPerRow * 8);
  const blocks = arena.allocate(rows * blocksPerRow * 4);
  const bytes = labels.BYTES_PER_ELEMENT;
  const rowsPerPiece = Math.max(1, Math.floor(PIECE_BYTES / (nx * bytes)));
  // A whole block may be read from the last row's last voxel on.
  const source = arena.allocate(rowsPerPiece * nx * bytes + 2 * MIXED_BYTES);
  const mixed = arena.mark();
  let used = 0;
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const n = Math.min(rowsPerPiece, rows - row);
    arena.release(mixed);
    arena.allocate((used + n * blocksPerRow) * MIXED_BYTES);
    const piece = labels.subarray(row * nx, (row + n) * nx);
    if (bytes === 1) arena.views.u8.set(piece, source);
    else arena.views.u16.set(piece, source >>> 1);
    used = engine.pack(source, bytes, nx, ny, row, n, masks, blocks, mixed, used, table);
  }
  arena.release(mixed);
  arena.allocate(used * MIXED_BYTES);
  return { masks, blocks, mixed, table, mixedCount: used };
}

/** Every label that occurs, ascending. */
export function labelsOf(engine: Engine, volume: PackedVolume): Map<number, LabelStats> {
  const { u32 } = engine.arena.views;
  const found = new Map<number, LabelStats>();
  for (let label = 1; label < LABELS; label++) {
    const e = (volume.table >>> 2) + label * LABEL_ENTRY_WORDS;
    const count = u32[e] as number;
    if (count === 0) continue;
    const at = (i: number) => u32[e + i] as number;
    found.set(label, {
      count,
      box: { x0: at(1), x1: at(2), y0: at(3), y1: at(4), z0: at(5), z1: at(6) },
    });
  }
  return found;
}
