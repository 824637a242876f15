import type { Manifest, MetricEntry } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import type { Engine } from "../kernels/engine.ts";
import { type Connectivity, defaultConnectivity } from "../kernels/instances.ts";
import type { PackedVolume } from "../kernels/layout.ts";
import type { PackedMask } from "../kernels/mask-files.ts";
import { assd } from "../metrics/assd.ts";
import { bratsLesionWise, bratsRules } from "../metrics/brats-lesion-wise.ts";
import { type Combine, hausdorff, hausdorffPercentile } from "../metrics/hausdorff.ts";
import { lesionDetection } from "../metrics/lesion-detection.ts";
import { masd } from "../metrics/masd.ts";
import { overlapMetric } from "../metrics/overlap-metrics.ts";
import { type PanopticQuality, panopticQuality } from "../metrics/panoptic-quality.ts";
import { surfaceDice } from "../metrics/surface-dice.ts";
import { valueOfNothing, worstValue } from "./empty-cases.ts";
import { MaskCase, type Region, surfaceOf } from "./mask-case.ts";

/** Every metric of the manifest for one case, in the manifest's order; NaN where the case does not count. */
export function measureMasks(
  manifest: Manifest,
  engine: Engine,
  reference: PackedMask,
  prediction: PackedVolume,
): readonly number[] {
  const one = new MaskCase(manifest, engine, reference, prediction);
  try {
    checkLabels(manifest, one);
    return manifest.metrics.map((entry) => overLabels(entry, manifest, one));
  } finally {
    one.release();
  }
}

function checkLabels({ labels }: Manifest, one: MaskCase): void {
  const strange = one.labels.filter((label) => labels?.includes(label) === false);
  if (strange.length === 0) return;
  const inReference = strange.some((label) => one.counts(label).tp + one.counts(label).fn > 0);
  if (inReference)
    throw new ScoringError("holdout_invalid", "A reference has other labels.", { file: "holdout" });
  throw new ScoringError("image_bad_label", `Labels other than 0, ${labels?.join(", ")} occur.`);
}

/** `each` is the plain mean over the manifest's labels, of those that count. */
function overLabels(entry: MetricEntry, manifest: Manifest, one: MaskCase): number {
  const { label = manifest.labels === null ? "any" : "each" } = entry.parameters;
  if (label !== "each") return measureRegion(entry, manifest, one, label === "any" ? 0 : (label as Region));
  let sum = 0;
  let counted = 0;
  for (const own of manifest.labels ?? []) {
    const value = measureRegion(entry, manifest, one, own);
    if (Number.isNaN(value)) continue;
    sum += value;
    counted++;
  }
  return sum / counted;
}

function measureRegion(entry: MetricEntry, manifest: Manifest, one: MaskCase, region: Region): number {
  const { tp, fp, fn } = one.counts(region);
  if (tp + fp + fn === 0) return valueOfNothing(entry, manifest, one);
  const value = rawValue(entry, one, region);
  // One side is empty and the metric has no number for it: the worst there is, never left out.
  const oneEmpty = tp + fn === 0 || tp + fp === 0;
  return oneEmpty && !Number.isFinite(value) ? worstValue(entry, one) : value;
}

function rawValue(entry: MetricEntry, one: MaskCase, region: Region): number {
  const { name, parameters } = entry;
  const overlap = overlapMetric(name);
  if (overlap !== undefined) return overlap(one.counts(region));
  if (name === "pq") return matched(entry, one, region).pq;
  if (name === "lesion-f1") {
    if (parameters.iou !== undefined) return matched(entry, one, region).rq;
    return lesionDetection(...objectsOf(entry, one, region)).f1;
  }
  if (name === "brats-lesion-dice") return brats(entry, one, region).LesionWise_Score_Dice;
  if (name === "brats-lesion-hd95") return brats(entry, one, region).LesionWise_Score_HD95;
  const surfaces = one.surfaces(region, surfaceOf(entry));
  const combine = (parameters.combine ?? "max") as Combine;
  if (name === "nsd") return surfaceDice(surfaces, parameters.tolerance_mm as number);
  if (name === "hd") return hausdorff(surfaces);
  if (name === "hd95") return hausdorffPercentile(surfaces, 95, combine);
  if (name === "hdp") return hausdorffPercentile(surfaces, parameters.percentile as number, combine);
  if (name === "assd") return assd(surfaces);
  if (name === "masd") return masd(surfaces);
  throw new ScoringError("not_supported", `${name} is not a metric of masks.`);
}

function objectsOf({ parameters }: MetricEntry, one: MaskCase, region: Region) {
  const axes = one.shape.length;
  const connectivity = (parameters.connectivity ?? defaultConnectivity(one.shape)) as Connectivity;
  if ((connectivity === 4 || connectivity === 8) !== (axes === 2)) {
    throw new ScoringError("holdout_invalid", `A connectivity of ${connectivity} does not fit ${axes} axes.`);
  }
  return one.objects(region, connectivity);
}

/** Objects matched one to one: PQ, and F1 as its recognition quality. */
function matched(entry: MetricEntry, one: MaskCase, region: Region): PanopticQuality {
  const { iou } = entry.parameters;
  return panopticQuality(...objectsOf(entry, one, region), typeof iou === "number" ? { iou } : {});
}

function brats({ parameters }: MetricEntry, one: MaskCase, region: Region) {
  if (one.shape.length !== 3) {
    throw new ScoringError("holdout_invalid", "BraTS's metrics are measured in three axes.");
  }
  const challenge = (parameters.challenge ?? "BraTS-GLI") as keyof typeof bratsRules;
  return one.brats(region, challenge, (masks) => bratsLesionWise(one.engine, masks, bratsRules[challenge]));
}
