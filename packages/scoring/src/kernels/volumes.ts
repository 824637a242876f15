import { ScoringError } from "../errors.ts";
import { pour, type Sink } from "../sink.ts";
import type { Engine } from "./engine.ts";
import {
  AXIS_MAX,
  type Box,
  LABEL_ENTRY_WORDS,
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

/** Packed piece by piece, so that a piece stays in the processor's cache. */
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

/**
 * Packs a label image into the arena while its bytes arrive, x fastest, one or two of them a label (in the machine's
 * order). What is packed stays in the arena until the caller releases it; nothing else may be allocated before `finish`.
 */
export class VolumePacker implements Sink {
  readonly #engine: Engine;
  readonly #nx: number;
  readonly #ny: number;
  readonly #rows: number;
  readonly #voxelBytes: 1 | 2;
  readonly #labels: number;
  readonly #table: number;
  readonly #masks: number;
  readonly #blocks: number;
  readonly #mixed: number;
  readonly #piece: number;
  readonly #rowsPerPiece: number;
  #mixedUsed = 0;
  #row = 0;
  /** Bytes of the piece that have come. */
  #pending = 0;

  constructor(engine: Engine, shape: Shape, voxelBytes: 1 | 2) {
    const { arena } = engine;
    const [nx, ny, nz = 1] = shape;
    const rowBytes = nx * voxelBytes;
    this.#engine = engine;
    this.#nx = nx;
    this.#ny = ny;
    this.#rows = ny * nz;
    this.#voxelBytes = voxelBytes;
    this.#labels = 256 ** voxelBytes;
    const blocks = this.#rows * ((nx + 63) >> 6);
    this.#table = arena.allocateZeroed(this.#labels * LABEL_ENTRY_WORDS * 4);
    this.#masks = arena.allocate(blocks * 8);
    this.#blocks = arena.allocate(blocks * 4);
    this.#rowsPerPiece = Math.min(this.#rows, Math.max(1, Math.floor(PIECE_BYTES / rowBytes)));
    // A whole block may be read from the last row's last voxel on.
    this.#piece = arena.allocate(this.#rowsPerPiece * rowBytes + 2 * MIXED_BYTES);
    this.#mixed = arena.mark();
  }

  room(): Uint8Array {
    return this.#engine.arena.views.u8.subarray(
      this.#piece + this.#pending,
      this.#piece + this.#pieceBytes(),
    );
  }

  filled(count: number): void {
    this.#pending += count;
    if (this.#pending < this.#pieceBytes()) return;
    const { arena } = this.#engine;
    const rows = this.#pieceRows();
    const blocks = rows * ((this.#nx + 63) >> 6);
    arena.release(this.#mixed);
    arena.allocate((this.#mixedUsed + blocks) * MIXED_BYTES);
    this.#mixedUsed = this.#engine.pack(
      this.#piece,
      this.#voxelBytes,
      this.#nx,
      this.#ny,
      this.#row,
      rows,
      this.#masks,
      this.#blocks,
      this.#mixed,
      this.#mixedUsed,
      this.#table,
    );
    this.#row += rows;
    this.#pending = 0;
  }

  /** After the last voxel. */
  finish(): PackedVolume {
    if (this.#row < this.#rows) throw new RangeError(`Of ${this.#rows} rows came ${this.#row}.`);
    const { arena } = this.#engine;
    arena.release(this.#mixed);
    arena.allocate(this.#mixedUsed * MIXED_BYTES);
    return {
      masks: this.#masks,
      blocks: this.#blocks,
      mixed: this.#mixed,
      table: this.#table,
      labels: this.#labels,
    };
  }

  #pieceRows(): number {
    return Math.min(this.#rowsPerPiece, this.#rows - this.#row);
  }

  #pieceBytes(): number {
    return this.#pieceRows() * this.#nx * this.#voxelBytes;
  }
}

/** Packs a label image into the arena, where it stays until the caller releases it. */
export function packVolume(engine: Engine, shape: Shape, labels: LabelArray, argument: string): PackedVolume {
  const [nx, ny, nz = 1] = shape;
  if (labels.length !== nx * ny * nz) {
    throw new ScoringError(
      "length_mismatch",
      `The shape has ${nx * ny * nz} voxels, the array ${labels.length}.`,
      { argument },
    );
  }
  const packer = new VolumePacker(engine, shape, labels instanceof Uint8Array ? 1 : 2);
  pour(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength), packer);
  return packer.finish();
}

/** Every label that occurs, ascending. */
export function labelsOf(engine: Engine, volume: PackedVolume): Map<number, LabelStats> {
  const { u32 } = engine.arena.views;
  const found = new Map<number, LabelStats>();
  for (let label = 1; label < volume.labels; label++) {
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
