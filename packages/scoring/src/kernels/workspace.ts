import { ScoringError } from "../errors.ts";
import { absoluteVolumeDifference } from "../metrics/absolute-volume-difference.ts";
import { assd } from "../metrics/assd.ts";
import { dice } from "../metrics/dice.ts";
import { hausdorff, hausdorffPercentile } from "../metrics/hausdorff.ts";
import { iou } from "../metrics/iou.ts";
import { averageDistance, masd } from "../metrics/masd.ts";
import type { OverlapCounts } from "../metrics/overlap-counts.ts";
import { precision } from "../metrics/precision.ts";
import { recall } from "../metrics/recall.ts";
import { relativeVolumeDifference } from "../metrics/relative-volume-difference.ts";
import { specificity } from "../metrics/specificity.ts";
import {
  checkPercentile,
  checkTolerance,
  emptyDistance,
  type MaskStatus,
  type SurfaceComparison,
  statusOf,
} from "../metrics/surface-comparison.ts";
import { surfaceDice } from "../metrics/surface-dice.ts";
import { volumeSimilarity } from "../metrics/volume-similarity.ts";
import { chooseEngine, type EngineChoice } from "./choose-engine.ts";
import { Comparison, checkSpacing, type MaskPair, type SurfaceRequest } from "./comparison.ts";
import { type Distances, elementCount, totalWeight } from "./distances.ts";
import type { Engine } from "./engine.ts";
import { type MaskFiles, type PairGeometry, packFiles, type ReadOptions } from "./mask-files.ts";
import type { SurfaceDefinition } from "./surface.ts";

export interface ScoreOptions {
  /** mm, one for each axis of the shape, from the image's header. */
  readonly spacing: readonly number[];
  /** mm; one NSD for each. */
  readonly tolerances?: readonly number[];
  /** 0–100; one HDp for each; [95] if left out. */
  readonly percentiles?: readonly number[];
  /** Every label of either mask if left out; 0 is all labels but background as one. */
  readonly labels?: readonly number[];
  /**
   * What to measure of which surfaces. If left out, what the conventions recommend: distances of voxel surfaces, the NSD
   * of surfels. Nothing of either gives the overlap alone.
   */
  readonly surfaces?: { readonly voxel?: "distances"; readonly surfel?: SurfaceDepth };
}

/** `distances`: everything. `nsd`: that alone, which is much faster where surfaces are far apart. */
export type SurfaceDepth = "distances" | "nsd";

const RECOMMENDED = { voxel: "distances", surfel: "nsd" } as const;

/** In the order of the tolerances, with the elements of both surfaces and their area (mm²) or length (mm). */
export interface NsdScore {
  readonly definition: SurfaceDefinition;
  readonly nsd: readonly number[];
  readonly elements: { readonly reference: number; readonly prediction: number };
  readonly weight: { readonly reference: number; readonly prediction: number };
}

export interface SurfaceScore extends NsdScore {
  /** mm. */
  readonly hd: number;
  /** mm, by percentile: the larger of the two directions. */
  readonly hdp: Readonly<Record<string, number>>;
  /** mm, by percentile: of both directions as one set. */
  readonly hdpPooled: Readonly<Record<string, number>>;
  readonly assd: number;
  readonly masd: number;
  /** Mean distance of each direction, mm. */
  readonly mean: { readonly reference: number; readonly prediction: number };
}

export interface LabelScore {
  readonly label: number;
  readonly status: MaskStatus;
  readonly counts: OverlapCounts;
  /** mm³ (mm² in two axes). */
  readonly volumes: { readonly reference: number; readonly prediction: number };
  readonly overlap: {
    readonly dice: number;
    readonly iou: number;
    readonly precision: number;
    readonly recall: number;
    readonly specificity: number;
    readonly volumeSimilarity: number;
    readonly relativeVolumeDifference: number;
    readonly absoluteVolumeDifference: number;
  };
  readonly surface: { readonly voxel?: SurfaceScore; readonly surfel?: SurfaceScore | NsdScore };
}

/**
 * Scores masks, one pair after the other, in memory that is kept. One workspace does one thing at a time; for several
 * cases at once there is `ScoringPool`.
 */
export class Workspace {
  readonly #engine: Engine;
  readonly #mark: number;
  #loaded: Comparison | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#mark = engine.arena.mark();
  }

  /** @throws ScoringError `not_supported` if `wasm` was asked for by name and cannot be had. */
  static async create({ engine }: { readonly engine?: EngineChoice } = {}): Promise<Workspace> {
    return new Workspace(await chooseEngine(engine));
  }

  /** What the kernels run as here: `plain` where there is no WebAssembly with SIMD, or where it was asked for. */
  get engine(): "plain" | "wasm" {
    return this.#engine.name;
  }

  /** The most bytes that were in use at once. */
  get bytesPeak(): number {
    return this.#engine.arena.bytesPeak;
  }

  /**
   * Takes a pair of label images in, in place of the one before. The arrays are not kept.
   * @throws ScoringError `bad_shape`, `length_mismatch`, `too_large`.
   */
  load(pair: MaskPair): Comparison {
    this.#empty();
    this.#loaded = new Comparison(this.#engine, pair);
    return this.#loaded;
  }

  /**
   * Takes a pair of .nii or .nii.gz files in, in place of the one before, the prediction in the reference's orientation.
   * The same as `readMask`, `inOrderOf` and `load`, but most files are packed while they are inflated, and at no time
   * is there an array of all voxels. @returns the reference's geometry, for `score`.
   * @throws ScoringError with `reference` or `prediction` as its file.
   */
  async read(files: MaskFiles, options: ReadOptions = {}): Promise<PairGeometry> {
    this.#empty();
    try {
      const { pair, geometry } = await packFiles(this.#engine, files, options);
      this.#loaded = new Comparison(this.#engine, pair);
      return geometry;
    } catch (error) {
      this.#empty();
      throw error;
    }
  }

  #empty(): void {
    this.#loaded = undefined;
    this.#engine.arena.release(this.#mark);
  }

  /**
   * The loaded pair, label by label.
   * @throws ScoringError `bad_spacing`, `bad_tolerance`, `bad_percentile`, `bad_label`, `bad_argument` (nothing loaded).
   */
  score(options: ScoreOptions): LabelScore[] {
    const pair = this.#loaded;
    if (!pair) throw new ScoringError("bad_argument", "Load a pair of masks first.");
    const { tolerances = [], percentiles = [95], surfaces = RECOMMENDED, labels = pair.labels } = options;
    const spacing = checkSpacing(options.spacing, pair.shape.length);
    tolerances.forEach(checkTolerance);
    percentiles.forEach(checkPercentile);
    labels.forEach(checkLabel);
    const voxelVolume = spacing[0] * spacing[1] * spacing[2];
    return labels.map((label) => {
      const counts = pair.counts(label);
      const comparisons = pair.surfacesOf(label, requestsFor(surfaces, tolerances), options.spacing);
      const found = (definition: SurfaceDefinition) =>
        comparisons.find((one) => one.definition === definition);
      const [voxel, surfel] = [found("voxel"), found("surfel")];
      return {
        label,
        status: statusOf(counts.tp + counts.fn, counts.tp + counts.fp),
        counts,
        volumes: {
          reference: (counts.tp + counts.fn) * voxelVolume,
          prediction: (counts.tp + counts.fp) * voxelVolume,
        },
        overlap: overlapScore(counts),
        surface: {
          ...(voxel && { voxel: { ...nsdScore(voxel, tolerances), ...distanceScore(voxel, percentiles) } }),
          ...(surfel && {
            surfel: {
              ...nsdScore(surfel, tolerances),
              ...(surfaces.surfel === "distances" && distanceScore(surfel, percentiles)),
            },
          }),
        },
      };
    });
  }
}

function requestsFor(
  { voxel, surfel }: NonNullable<ScoreOptions["surfaces"]>,
  tolerances: readonly number[],
): SurfaceRequest[] {
  const requests: SurfaceRequest[] = [];
  if (voxel) requests.push({ definition: "voxel" });
  if (surfel === "distances") requests.push({ definition: "surfel" });
  if (surfel === "nsd") requests.push({ definition: "surfel", withinMm: Math.max(0, ...tolerances) });
  return requests;
}

function checkLabel(label: number, index: number): void {
  if (Number.isInteger(label) && label >= 0 && label <= 65_535) return;
  throw new ScoringError("bad_label", `${label} is not a label of 0 to 65,535.`, {
    argument: "labels",
    index,
  });
}

function overlapScore(counts: OverlapCounts): LabelScore["overlap"] {
  return {
    dice: dice(counts),
    iou: iou(counts),
    precision: precision(counts),
    recall: recall(counts),
    specificity: specificity(counts),
    volumeSimilarity: volumeSimilarity(counts),
    relativeVolumeDifference: relativeVolumeDifference(counts),
    absoluteVolumeDifference: absoluteVolumeDifference(counts),
  };
}

function nsdScore(comparison: SurfaceComparison, tolerances: readonly number[]): NsdScore {
  return {
    definition: comparison.definition,
    nsd: tolerances.map((tolerance) => surfaceDice(comparison, tolerance)),
    elements: both(comparison, elementCount, 0),
    weight: both(comparison, totalWeight, 0),
  };
}

function distanceScore(
  comparison: SurfaceComparison,
  percentiles: readonly number[],
): Omit<SurfaceScore, keyof NsdScore> {
  const all = (combine: "max" | "pooled") =>
    Object.fromEntries(percentiles.map((p) => [String(p), hausdorffPercentile(comparison, p, combine)]));
  return {
    hd: hausdorff(comparison),
    hdp: all("max"),
    hdpPooled: all("pooled"),
    assd: assd(comparison),
    masd: masd(comparison),
    mean: both(comparison, averageDistance, emptyDistance(comparison.status)),
  };
}

/** Of both directions; where a mask is empty no surface is measured, and both get the given number. */
function both({ distances }: SurfaceComparison, of: (one: Distances) => number, otherwise: number) {
  if (!distances) return { reference: otherwise, prediction: otherwise };
  return { reference: of(distances.reference), prediction: of(distances.prediction) };
}
