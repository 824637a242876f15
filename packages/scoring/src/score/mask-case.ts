import type { Manifest, MetricEntry } from "../competition.ts";
import { Comparison } from "../kernels/comparison.ts";
import type { Engine } from "../kernels/engine.ts";
import { type Connectivity, type Instances, packedComponents } from "../kernels/instances.ts";
import type { PackedVolume } from "../kernels/layout.ts";
import type { PackedMask } from "../kernels/mask-files.ts";
import { regionVolume } from "../kernels/region.ts";
import type { SurfaceDefinition } from "../kernels/surface.ts";
import { checkShape, type Shape } from "../kernels/volumes.ts";
import type { BratsCase, BratsRegionScore } from "../metrics/brats-lesion-wise.ts";
import type { OverlapCounts } from "../metrics/overlap-counts.ts";
import type { SurfaceComparison } from "../metrics/surface-comparison.ts";

/** A label, 0 for all of them as one, or some labels as one. */
export type Region = number | readonly number[];

const distanceMetrics: readonly string[] = ["hd", "hd95", "hdp", "assd", "masd"];

/** Which surface a metric of a manifest is measured on. */
export function surfaceOf({ name, parameters }: MetricEntry): SurfaceDefinition {
  return (parameters.surface ?? (name === "nsd" ? "surfel" : "voxel")) as SurfaceDefinition;
}

/**
 * One case that is being measured: both masks in one order of voxels. What several metrics ask for (surfaces, objects,
 * BraTS's table) is found once, and stays in the arena until `release`.
 */
export class MaskCase {
  readonly engine: Engine;
  readonly shape: Shape;
  /** mm. */
  readonly spacing: readonly number[];
  readonly #manifest: Manifest;
  readonly #pair: readonly [reference: PackedVolume, prediction: PackedVolume];
  readonly #mark: number;
  readonly #found = new Map<string, unknown>();

  constructor(manifest: Manifest, engine: Engine, reference: PackedMask, prediction: PackedVolume) {
    this.engine = engine;
    this.shape = checkShape(reference.shape);
    this.spacing = reference.spacing;
    this.#manifest = manifest;
    this.#pair = [reference.volume, prediction];
    this.#mark = engine.arena.mark();
  }

  /** Gives back the working memory of everything that was asked for. */
  release(): void {
    this.engine.arena.release(this.#mark);
  }

  /** Every label of either mask, ascending. */
  get labels(): readonly number[] {
    return this.#comparison(0).labels;
  }

  counts(region: Region): OverlapCounts {
    return this.#comparison(region).counts(labelOf(region));
  }

  /** Where nobody asks for distances, only for shares within tolerances, the search need not go further than those. */
  surfaces(region: Region, surface: SurfaceDefinition): SurfaceComparison {
    return this.#once(`surfaces ${region} ${surface}`, () => {
      const { metrics } = this.#manifest;
      const needsDistances = metrics.some(
        (entry) => distanceMetrics.includes(entry.name) && surfaceOf(entry) === surface,
      );
      const tolerances = metrics.flatMap(
        ({ parameters }) => (parameters.tolerance_mm as number | undefined) ?? [],
      );
      const withinMm = needsDistances ? Number.POSITIVE_INFINITY : Math.max(...tolerances);
      const pair = this.#comparison(region);
      return pair.surfaces(labelOf(region), surface, this.spacing, withinMm);
    });
  }

  /** Connected components of the reference and of the prediction. */
  objects(region: Region, connectivity: Connectivity): readonly [Instances, Instances] {
    return this.#once(`objects ${region} ${connectivity}`, () => {
      const { shape, reference, prediction } = this.#masks(region);
      return [
        packedComponents(this.engine, reference, shape, connectivity),
        packedComponents(this.engine, prediction, shape, connectivity),
      ];
    });
  }

  brats(region: Region, rules: string, measure: (masks: BratsCase) => BratsRegionScore): BratsRegionScore {
    return this.#once(`brats ${region} ${rules}`, () => measure(this.#masks(region)));
  }

  /** Both masks with nothing but the region in them. */
  #masks(region: Region) {
    const [reference, prediction] = this.#once(`volumes ${region}`, () => {
      if (region === 0) return this.#pair;
      const chosen = typeof region === "number" ? [region] : region;
      const only = (volume: PackedVolume) => regionVolume(this.engine, volume, this.shape, chosen);
      return [only(this.#pair[0]), only(this.#pair[1])] as const;
    });
    return { shape: this.shape, spacing: this.spacing, reference, prediction };
  }

  /** Single labels are told apart within one comparison; each list of labels needs its own. */
  #comparison(region: Region): Comparison {
    const key = typeof region === "number" ? "labels" : `${region}`;
    return this.#once(`comparison ${key}`, () => {
      const masks = this.#masks(typeof region === "number" ? 0 : region);
      return new Comparison(this.engine, masks);
    });
  }

  #once<Value>(key: string, find: () => Value): Value {
    if (!this.#found.has(key)) this.#found.set(key, find());
    return this.#found.get(key) as Value;
  }
}

/** In a comparison of its own a list of labels is one label. */
function labelOf(region: Region): number {
  return typeof region === "number" ? region : 1;
}
