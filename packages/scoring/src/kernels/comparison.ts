import { ScoringError } from "../errors.ts";
import type { OverlapCounts } from "../metrics/overlap-counts.ts";
import { type SurfaceComparison, statusOf } from "../metrics/surface-comparison.ts";
import type { Engine } from "./engine.ts";
import { bitGridBytes, type GridShape, gridShape, type PackedVolume, unionBox } from "./layout.ts";
import { type NearOffsets, nearOffsets } from "./offsets.ts";
import { ANY_LABEL } from "./plain/crop.ts";
import {
  type Spacing3,
  type SurfaceDefinition,
  type SurfacePlan,
  surfaceDistances,
  surfacePlan,
} from "./surface.ts";
import { checkShape, type LabelArray, type LabelStats, labelsOf, packVolume, type Shape } from "./volumes.ts";

/** Two label images of the same shape, packed ones in the arena of the engine that compares them. */
export interface MaskPair<Image = LabelArray> {
  readonly shape: readonly number[];
  readonly reference: Image;
  readonly prediction: Image;
}

/** Where only shares within tolerances are asked for, `withinMm` is the largest, and all beyond may be Infinity. */
export interface SurfaceRequest {
  readonly definition: SurfaceDefinition;
  readonly withinMm?: number;
}

const NONE: LabelStats = { count: 0, box: { x0: 0, x1: 0, y0: 0, y1: 0, z0: 0, z1: 0 } };

/** Two packed masks in an engine's arena, until `release`. Label 0 stands for all labels but background together. */
export class Comparison {
  readonly shape: Shape;
  /** Every label of either mask, ascending. */
  readonly labels: readonly number[];
  readonly #engine: Engine;
  readonly #mark: number;
  readonly #volumes: readonly [PackedVolume, PackedVolume];
  readonly #stats: readonly [Map<number, LabelStats>, Map<number, LabelStats>];
  readonly #both: ReadonlyMap<number, number>;
  readonly #plans = new Map<string, SurfacePlan>();
  #offsets: NearOffsets | undefined;
  #offsetsFor = "";

  /** @throws ScoringError `bad_shape`, `too_large`, `length_mismatch`. */
  constructor(engine: Engine, { shape, reference, prediction }: MaskPair<LabelArray | PackedVolume>) {
    this.#engine = engine;
    this.shape = checkShape(shape);
    this.#mark = engine.arena.mark();
    try {
      const [nx, ny, nz = 1] = this.shape;
      const packed = (image: LabelArray | PackedVolume, argument: string) =>
        "masks" in image ? image : packVolume(engine, this.shape, image, argument);
      const a = packed(reference, "reference");
      const b = packed(prediction, "prediction");
      this.#volumes = [a, b];
      this.#stats = [labelsOf(engine, a), labelsOf(engine, b)];
      this.labels = [...new Set([...this.#stats[0].keys(), ...this.#stats[1].keys()])].sort((p, q) => p - q);
      const blocks = ((nx + 63) >> 6) * ny * nz;
      const counts = engine.arena.allocateZeroed(4 * Math.max(a.labels, b.labels));
      engine.overlap(a.masks, a.blocks, a.mixed, b.masks, b.blocks, b.mixed, blocks, counts);
      this.#both = new Map(
        this.labels.map((label) => [label, engine.arena.views.u32[(counts >>> 2) + label] as number]),
      );
      engine.arena.release(counts);
    } catch (error) {
      engine.arena.release(this.#mark);
      throw error;
    }
  }

  release(): void {
    this.#engine.arena.release(this.#mark);
  }

  counts(label: number): OverlapCounts {
    const [nx, ny, nz = 1] = this.shape;
    const tp = label === ANY_LABEL ? this.#anyOverlap() : (this.#both.get(label) ?? 0);
    const fn = this.#statsOf(0, label).count - tp;
    const fp = this.#statsOf(1, label).count - tp;
    return { tp, fp, fn, tn: nx * ny * nz - tp - fp - fn };
  }

  /** What `surfacesOf` says of one definition. */
  surfaces(
    label: number,
    definition: SurfaceDefinition,
    spacing: readonly number[],
    withinMm?: number,
  ): SurfaceComparison {
    const request = { definition, ...(withinMm !== undefined && { withinMm }) };
    return this.surfacesOf(label, [request], spacing)[0] as SurfaceComparison;
  }

  /**
   * The label's surfaces by each of the definitions, in their order. Spacing in mm, one for each axis of the shape.
   * @throws ScoringError `bad_spacing`.
   */
  surfacesOf(
    label: number,
    requests: readonly SurfaceRequest[],
    spacing: readonly number[],
  ): SurfaceComparison[] {
    const full = checkSpacing(spacing, this.shape.length);
    const [a, b] = [this.#statsOf(0, label), this.#statsOf(1, label)];
    const status = statusOf(a.count, b.count);
    if (status !== "ok" || requests.length === 0)
      return requests.map(({ definition }) => ({ definition, status }));
    const { arena } = this.#engine;
    const mark = arena.mark();
    try {
      const box = unionBox(a.box, b.box);
      const flat = this.shape.length === 2;
      const { padY, padZ } = this.#offsetsOf(full);
      const grid = gridShape(box, flat, padY, padZ);
      const [maskA, maskB] = [this.#crop(0, label, grid, box), this.#crop(1, label, grid, box)];
      return requests.map(({ definition, withinMm }) => {
        const plan = this.#plan(definition, full);
        const [reference, prediction] = surfaceDistances(this.#engine, plan, grid, maskA, maskB, withinMm);
        return { definition, status, distances: { reference, prediction } };
      });
    } finally {
      arena.release(mark);
    }
  }

  #crop(side: 0 | 1, label: number, grid: GridShape, { y0, z0 }: { y0: number; z0: number }): number {
    const [nx, ny] = this.shape;
    const volume = this.#volumes[side];
    const out = this.#engine.arena.allocate(bitGridBytes(grid));
    this.#engine.crop(
      volume.masks,
      volume.blocks,
      volume.mixed,
      (nx + 63) >> 6,
      ny,
      label,
      grid.block0,
      grid.blocks,
      y0,
      grid.ny,
      z0,
      grid.nz,
      out,
    );
    return out;
  }

  #statsOf(side: 0 | 1, label: number): LabelStats {
    const own = this.#stats[side];
    if (label !== ANY_LABEL) return own.get(label) ?? NONE;
    let all: LabelStats | undefined;
    for (const one of own.values()) {
      all = all
        ? { count: all.count + one.count, box: unionBox(all.box, one.box) }
        : { count: one.count, box: one.box };
    }
    return all ?? NONE;
  }

  /** Voxels where both have any label: by their masks, whatever the labels are. */
  #anyOverlap(): number {
    const [nx, ny, nz = 1] = this.shape;
    const blocks = ((nx + 63) >> 6) * ny * nz;
    const { arena } = this.#engine;
    const [a, b] = this.#volumes;
    const mark = arena.mark();
    // As if every block had the one label 1.
    const counts = arena.allocateZeroed(8);
    const ones = arena.allocate(4 * blocks);
    arena.views.u32.fill(1, ones >>> 2, (ones >>> 2) + blocks);
    this.#engine.overlap(a.masks, ones, 0, b.masks, ones, 0, blocks, counts);
    const both = arena.views.u32[(counts >>> 2) + 1] as number;
    arena.release(mark);
    return both;
  }

  #offsetsOf(spacing: Spacing3): NearOffsets {
    const key = spacing.join();
    if (!this.#offsets || this.#offsetsFor !== key) {
      this.#offsets = nearOffsets(spacing, this.shape.length === 2);
      this.#offsetsFor = key;
      this.#plans.clear();
    }
    return this.#offsets;
  }

  #plan(definition: SurfaceDefinition, spacing: Spacing3): SurfacePlan {
    const offsets = this.#offsetsOf(spacing);
    const known = this.#plans.get(definition);
    if (known) return known;
    const plan = surfacePlan(definition, spacing, this.shape.length === 2, offsets);
    this.#plans.set(definition, plan);
    return plan;
  }
}

/** @throws ScoringError `bad_spacing`. */
export function checkSpacing(spacing: readonly number[], axes: number): Spacing3 {
  if (spacing.length !== axes) {
    throw new ScoringError("bad_spacing", `A spacing is needed for each of the ${axes} axes.`, {
      argument: "spacing",
    });
  }
  spacing.forEach((mm, index) => {
    // The bounds keep every square and product of spacings a normal number.
    if (mm >= 1e-30 && mm <= 1e30) return;
    throw new ScoringError("bad_spacing", `${mm} is not a spacing in mm.`, { argument: "spacing", index });
  });
  const [x = 1, y = 1, z = 1] = spacing;
  return [x, y, z];
}
