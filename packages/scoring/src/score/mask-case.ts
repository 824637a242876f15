import type { Manifest, MetricEntry } from "../competition.ts";
import { type Mask, onlyLabels } from "../images/mask.ts";
import { Comparison } from "../kernels/comparison.ts";
import type { Engine } from "../kernels/engine.ts";
import { type Connectivity, connectedComponents, type Instances } from "../kernels/instances.ts";
import type { SurfaceDefinition } from "../kernels/surface.ts";
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
 * BraTS's table) is found once.
 */
export class MaskCase {
  readonly engine: Engine;
  readonly reference: Mask;
  readonly prediction: Mask;
  readonly #manifest: Manifest;
  readonly #mark: number;
  readonly #found = new Map<string, unknown>();

  constructor(manifest: Manifest, engine: Engine, reference: Mask, prediction: Mask) {
    this.engine = engine;
    this.reference = reference;
    this.prediction = prediction;
    this.#manifest = manifest;
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
      return pair.surfaces(labelOf(region), surface, this.reference.spacing, withinMm);
    });
  }

  /** Connected components of the reference and of the prediction. */
  objects(region: Region, connectivity: Connectivity): readonly [Instances, Instances] {
    return this.#once(`objects ${region} ${connectivity}`, () => {
      const { shape, reference, prediction } = this.#masks(region);
      return [
        connectedComponents(this.engine, reference, shape, connectivity),
        connectedComponents(this.engine, prediction, shape, connectivity),
      ];
    });
  }

  brats(region: Region, rules: string, measure: (masks: BratsCase) => BratsRegionScore): BratsRegionScore {
    return this.#once(`brats ${region} ${rules}`, () => measure(this.#masks(region)));
  }

  /** Both masks with nothing but the region in them; not kept, because they are large. */
  #masks(region: Region): BratsCase {
    const { shape, spacing, labels } = this.reference;
    const prediction = onlyRegion(this.prediction.labels, region);
    return { shape, spacing, reference: onlyRegion(labels, region), prediction };
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

function onlyRegion(labels: Mask["labels"], region: Region): Mask["labels"] {
  if (region === 0) return labels;
  return onlyLabels(labels, typeof region === "number" ? [region] : region);
}
