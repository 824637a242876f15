import { factsOf } from "../catalog.ts";
import type { Manifest, MetricEntry } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import type { Mask } from "../images/mask.ts";
import { Comparison } from "../kernels/comparison.ts";
import type { Engine } from "../kernels/engine.ts";
import { type Connectivity, connectedComponents, defaultConnectivity } from "../kernels/instances.ts";
import type { SurfaceDefinition } from "../kernels/surface.ts";
import { absoluteVolumeDifference } from "../metrics/absolute-volume-difference.ts";
import { assd } from "../metrics/assd.ts";
import { dice } from "../metrics/dice.ts";
import { type Combine, hausdorff, hausdorffPercentile } from "../metrics/hausdorff.ts";
import { iou } from "../metrics/iou.ts";
import { lesionDetection } from "../metrics/lesion-detection.ts";
import { masd } from "../metrics/masd.ts";
import type { OverlapCounts } from "../metrics/overlap-counts.ts";
import { panopticQuality } from "../metrics/panoptic-quality.ts";
import { precision } from "../metrics/precision.ts";
import { recall } from "../metrics/recall.ts";
import { relativeVolumeDifference } from "../metrics/relative-volume-difference.ts";
import { specificity } from "../metrics/specificity.ts";
import type { SurfaceComparison } from "../metrics/surface-comparison.ts";
import { surfaceDice } from "../metrics/surface-dice.ts";
import { volumeSimilarity } from "../metrics/volume-similarity.ts";

export const overlapMetrics: Readonly<Record<string, (counts: OverlapCounts) => number>> = {
  dice,
  iou,
  precision,
  recall,
  specificity,
  "volume-similarity": volumeSimilarity,
  "relative-volume-difference": relativeVolumeDifference,
  "absolute-volume-difference": absoluteVolumeDifference,
};

const distanceMetrics: readonly string[] = ["hd", "hd95", "hdp", "assd", "masd"];

/** One case that is being measured: both masks in one order of voxels. */
export interface MaskCase {
  readonly engine: Engine;
  readonly pair: Comparison;
  readonly reference: Mask;
  readonly prediction: Mask;
  /** Surfaces by label and definition: several metrics ask for the same. */
  readonly surfaces: Map<string, SurfaceComparison>;
}

/** Every metric of the manifest for one case, in the manifest's order; NaN where the case does not count. */
export function measureCase(
  manifest: Manifest,
  engine: Engine,
  reference: Mask,
  prediction: Mask,
): readonly number[] {
  const { shape } = reference;
  const pair = new Comparison(engine, { shape, reference: reference.labels, prediction: prediction.labels });
  try {
    checkLabels(manifest, pair);
    const one: MaskCase = { engine, pair, reference, prediction, surfaces: new Map() };
    return manifest.metrics.map((entry) => overLabels(entry, manifest, one));
  } finally {
    pair.release();
  }
}

function checkLabels({ labels }: Manifest, pair: Comparison): void {
  const strange = pair.labels.filter((label) => labels?.includes(label) === false);
  if (strange.length === 0) return;
  const inReference = strange.some((label) => pair.counts(label).tp + pair.counts(label).fn > 0);
  if (inReference)
    throw new ScoringError("holdout_invalid", "A reference has other labels.", { file: "holdout" });
  throw new ScoringError("image_bad_label", `Labels other than 0, ${labels?.join(", ")} occur.`);
}

/** `each` is the plain mean over the manifest's labels, of those that count. */
function overLabels(entry: MetricEntry, manifest: Manifest, one: MaskCase): number {
  const { label } = entry.parameters;
  const each = label === "each" || (label === undefined && manifest.labels !== null);
  if (!each) return measureLabel(entry, manifest, one, typeof label === "number" ? label : 0);
  let sum = 0;
  let counted = 0;
  for (const own of manifest.labels ?? []) {
    const value = measureLabel(entry, manifest, one, own);
    if (Number.isNaN(value)) continue;
    sum += value;
    counted++;
  }
  return sum / counted;
}

function measureLabel(entry: MetricEntry, manifest: Manifest, one: MaskCase, label: number): number {
  const counts = one.pair.counts(label);
  const referenceEmpty = counts.tp + counts.fn === 0;
  const predictionEmpty = counts.tp + counts.fp === 0;
  if (referenceEmpty && predictionEmpty) return ofNothing(entry, manifest, one.reference);
  const value = rawValue(entry, manifest, one, { label, counts });
  // One side is empty and the metric has no number for it: the worst there is, never left out.
  if ((referenceEmpty || predictionEmpty) && !Number.isFinite(value)) return worst(entry, one.reference);
  return value;
}

/** Neither mask has the label: what the manifest's `empty_cases` says. */
export function ofNothing(
  entry: MetricEntry,
  manifest: Manifest,
  mask: Pick<Mask, "shape" | "spacing">,
): number {
  if (manifest.emptyCases === "leave-out") return Number.NaN;
  if (manifest.emptyCases === "zero") return worst(entry, mask);
  return entry.direction === "higher-is-better" ? 1 : 0;
}

/** 0 where higher is better; for a distance the manifest's penalty, or else the diagonal of the image in mm. */
export function worst(entry: MetricEntry, { shape, spacing }: Pick<Mask, "shape" | "spacing">): number {
  if (entry.direction === "higher-is-better") return 0;
  if (factsOf(entry.name)?.unit !== "mm") return 1;
  const { penalty_mm: penalty } = entry.parameters;
  if (typeof penalty === "number") return penalty;
  let squares = 0;
  shape.forEach((length, axis) => {
    const side = length * (spacing[axis] as number);
    squares += side * side;
  });
  return Math.sqrt(squares);
}

function rawValue(
  { name, parameters }: MetricEntry,
  manifest: Manifest,
  one: MaskCase,
  { label, counts }: { readonly label: number; readonly counts: OverlapCounts },
): number {
  const overlap = overlapMetrics[name];
  if (overlap !== undefined) return overlap(counts);
  if (name === "lesion-f1" || name === "pq") {
    const connectivity = (parameters.connectivity ??
      defaultConnectivity(one.reference.shape)) as Connectivity;
    const objects = ({ labels, shape }: Mask) =>
      connectedComponents(one.engine, label === 0 ? labels : onlyLabel(labels, label), shape, connectivity);
    const [reference, prediction] = [objects(one.reference), objects(one.prediction)];
    return name === "pq"
      ? panopticQuality(reference, prediction).pq
      : lesionDetection(reference, prediction).f1;
  }
  const surfaces = surfacesOf(manifest, one, label, surfaceOf(name, parameters));
  const combine = (parameters.combine ?? "max") as Combine;
  if (name === "nsd") return surfaceDice(surfaces, parameters.tolerance_mm as number);
  if (name === "hd") return hausdorff(surfaces);
  if (name === "hd95") return hausdorffPercentile(surfaces, 95, combine);
  if (name === "hdp") return hausdorffPercentile(surfaces, parameters.percentile as number, combine);
  return name === "assd" ? assd(surfaces) : masd(surfaces);
}

function surfaceOf(name: string, parameters: MetricEntry["parameters"]): SurfaceDefinition {
  return (parameters.surface ?? (name === "nsd" ? "surfel" : "voxel")) as SurfaceDefinition;
}

/** Where nobody asks for distances, only for shares within tolerances, the search need not go further than those. */
function surfacesOf(
  manifest: Manifest,
  one: MaskCase,
  label: number,
  surface: SurfaceDefinition,
): SurfaceComparison {
  const key = `${label} ${surface}`;
  const known = one.surfaces.get(key);
  if (known !== undefined) return known;
  const { spacing } = one.reference;
  const distances = manifest.metrics.some(
    ({ name, parameters }) => distanceMetrics.includes(name) && surfaceOf(name, parameters) === surface,
  );
  const tolerances = manifest.metrics.flatMap(
    ({ parameters }) => (parameters.tolerance_mm as number | undefined) ?? [],
  );
  const found = distances
    ? one.pair.surfaces(label, surface, spacing)
    : one.pair.surfaces(label, surface, spacing, Math.max(...tolerances));
  one.surfaces.set(key, found);
  return found;
}

function onlyLabel(labels: Mask["labels"], label: number): Uint8Array {
  const only = new Uint8Array(labels.length);
  for (let at = 0; at < labels.length; at++) only[at] = labels[at] === label ? 1 : 0;
  return only;
}
