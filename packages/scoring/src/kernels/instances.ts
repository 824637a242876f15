import { ScoringError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { type Box, bitGridBytes, gridShape, type PackedVolume, unionBox } from "./layout.ts";
import { RUN_WORDS } from "./plain/components.ts";
import { ANY_LABEL } from "./plain/crop.ts";
import { checkShape, type LabelArray, labelsOf, packVolume, type Shape } from "./volumes.ts";

/** Faces, edges or corners in common: 4 and 8 in two axes, 6, 18 and 26 in three. */
export type Connectivity = 4 | 8 | 6 | 18 | 26;

/** Objects of an image, numbered from 0, as runs along x. */
export interface Instances {
  readonly shape: Shape;
  /** Voxels of each. */
  readonly sizes: Uint32Array;
  /** Per run four words: first x, last x, row (z·ny + y), object; in image order. */
  readonly runs: Uint32Array;
}

/** 8 in two axes, 26 in three. */
export function defaultConnectivity(shape: readonly number[]): Connectivity {
  return shape.length === 2 ? 8 : 26;
}

/** Along how many axes at once neighbours may differ. @throws ScoringError `bad_argument`. */
function axesOf(connectivity: Connectivity, shape: Shape): number {
  const choices: readonly Connectivity[] = shape.length === 2 ? [4, 8] : [6, 18, 26];
  const at = choices.indexOf(connectivity);
  if (at >= 0) return at + 1;
  throw new ScoringError(
    "bad_argument",
    `The connectivity of an image of ${shape.length} axes is one of ${choices.join(", ")}.`,
    { argument: "connectivity" },
  );
}

/**
 * Connected components of all that is not background, numbered in the order of their first voxel.
 * @throws ScoringError `bad_shape`, `length_mismatch`, `too_large`, `bad_argument`.
 */
export function connectedComponents(
  engine: Engine,
  labels: LabelArray | PackedVolume,
  shape: readonly number[],
  connectivity: Connectivity,
): Instances {
  const checked = checkShape(shape);
  axesOf(connectivity, checked);
  if ("masks" in labels) return packedComponents(engine, labels, checked, connectivity);
  const mark = engine.arena.mark();
  try {
    return packedComponents(engine, packVolume(engine, checked, labels, "labels"), checked, connectivity);
  } finally {
    engine.arena.release(mark);
  }
}

/** The same of a volume that is packed already. */
export function packedComponents(
  engine: Engine,
  volume: PackedVolume,
  shape: Shape,
  connectivity: Connectivity,
): Instances {
  const { arena } = engine;
  const [nx, ny] = shape;
  let box: Box | undefined;
  for (const one of labelsOf(engine, volume).values()) box = box ? unionBox(box, one.box) : one.box;
  if (!box) return { shape, sizes: new Uint32Array(0), runs: new Uint32Array(0) };
  const mark = arena.mark();
  try {
    const grid = gridShape(box, false, 0, 0);
    const bits = arena.allocate(bitGridBytes(grid));
    const { masks, blocks, mixed } = volume;
    engine.crop(
      masks,
      blocks,
      mixed,
      (nx + 63) >> 6,
      ny,
      ANY_LABEL,
      grid.block0,
      grid.blocks,
      box.y0,
      grid.ny,
      box.z0,
      grid.nz,
      bits,
    );
    return gridComponents(engine, bits, grid.blocks, box, axesOf(connectivity, shape), shape);
  } finally {
    arena.release(mark);
  }
}

/** Components of a bit grid over a box whose first block begins at the box's x0, rounded down to 64. */
export function gridComponents(
  engine: Engine,
  bits: number,
  blocks: number,
  box: Box,
  axes: number,
  shape: Shape,
): Instances {
  const { arena } = engine;
  const mark = arena.mark();
  const [ny, nz] = [box.y1 - box.y0 + 1, box.z1 - box.z0 + 1];
  const n = engine.components(bits, blocks, ny, nz, axes, 0, 0);
  const at = arena.allocate(4 * RUN_WORDS * n + 4);
  const starts = arena.allocate(4 * (ny * nz + 1));
  const count = engine.components(bits, blocks, ny, nz, axes, at, starts);
  const runs = arena.views.u32.slice(at >>> 2, (at >>> 2) + RUN_WORDS * n);
  arena.release(mark);
  const sizes = new Uint32Array(count);
  const x0 = (box.x0 >> 6) << 6;
  for (let i = 0; i < runs.length; i += RUN_WORDS) {
    const row = runs[i + 2] as number;
    const y = row % ny;
    runs[i] = (runs[i] as number) + x0;
    runs[i + 1] = (runs[i + 1] as number) + x0;
    runs[i + 2] = ((row - y) / ny + box.z0) * shape[1] + box.y0 + y;
    const id = runs[i + 3] as number;
    sizes[id] = (sizes[id] as number) + (runs[i + 1] as number) - (runs[i] as number) + 1;
  }
  return { shape, sizes, runs };
}

/** The objects of an instance map: every value but 0 is one object, connected or not. */
export function mapInstances(labels: LabelArray, shape: readonly number[]): Instances {
  const checked = checkShape(shape);
  const [nx, ny, nz = 1] = checked;
  if (labels.length !== nx * ny * nz) {
    throw new ScoringError(
      "length_mismatch",
      `The shape has ${nx * ny * nz} voxels, the array ${labels.length}.`,
      { argument: "labels" },
    );
  }
  const ids = new Map<number, number>();
  const sizes: number[] = [];
  const runs: number[] = [];
  for (let row = 0; row < ny * nz; row++) {
    const start = row * nx;
    for (let x = 0; x < nx; ) {
      const value = labels[start + x] as number;
      const first = x++;
      while (x < nx && labels[start + x] === value) x++;
      if (value === 0) continue;
      let id = ids.get(value);
      if (id === undefined) {
        id = ids.size;
        ids.set(value, id);
        sizes.push(0);
      }
      sizes[id] = (sizes[id] as number) + x - first;
      runs.push(first, x - 1, row, id);
    }
  }
  return { shape: checked, sizes: Uint32Array.from(sizes), runs: Uint32Array.from(runs) };
}

export interface Overlap {
  readonly reference: number;
  readonly prediction: number;
  /** Voxels in common. */
  readonly voxels: number;
}

/**
 * Every pair of objects with a voxel in common, in ascending order of the reference's and then the prediction's number.
 * @throws ScoringError `shape_mismatch`.
 */
export function overlapsOf(reference: Instances, prediction: Instances): Overlap[] {
  if (reference.shape.join() !== prediction.shape.join()) {
    throw new ScoringError(
      "shape_mismatch",
      `The reference is ${reference.shape.join("×")}, the prediction ${prediction.shape.join("×")}.`,
    );
  }
  const [a, b] = [reference.runs, prediction.runs];
  const columns = prediction.sizes.length;
  const pairs = new Map<number, number>();
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const rows = (a[i + 2] as number) - (b[j + 2] as number);
    const [lastA, lastB] = [a[i + 1] as number, b[j + 1] as number];
    if (rows === 0) {
      const common = Math.min(lastA, lastB) - Math.max(a[i] as number, b[j] as number) + 1;
      if (common > 0) {
        const key = (a[i + 3] as number) * columns + (b[j + 3] as number);
        pairs.set(key, (pairs.get(key) ?? 0) + common);
      }
    }
    if (rows < 0 || (rows === 0 && lastA < lastB)) i += RUN_WORDS;
    else j += RUN_WORDS;
  }
  return [...pairs]
    .sort(([p], [q]) => p - q)
    .map(([key, voxels]) => ({
      reference: Math.floor(key / columns),
      prediction: key % columns,
      voxels,
    }));
}
