import { type Instances, overlapsOf } from "../kernels/instances.ts";
import type { MetricFacts } from "../metric.ts";
import { share } from "./overlap-counts.ts";

export const lesionDetectionFacts: MetricFacts = {
  name: "lesion-f1",
  version: "lesion-f1-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "Harmonic mean of the share of reference lesions and of predicted ones that share at least one voxel with the other side; with an IoU given, TP / (TP + FP/2 + FN/2) of lesions matched one to one above it. Lesions are 26-connected (8 in two axes) unless said otherwise.",
  empty: "No lesion on either side: NaN. On one side only: 0.",
  source: "Maier-Hein et al., Metrics reloaded, Nature Methods 21 (2024) 195–212; any-overlap rule.",
};

export interface LesionDetection {
  readonly refDetected: number;
  readonly refTotal: number;
  readonly predHits: number;
  readonly predTotal: number;
  /** NaN where the reference has no lesion. */
  readonly sensitivity: number;
  /** NaN where the prediction has no lesion. */
  readonly precision: number;
  readonly f1: number;
}

/** Of two sets of objects of one image. @throws ScoringError `shape_mismatch`. */
export function lesionDetection(reference: Instances, prediction: Instances): LesionDetection {
  const pairs = overlapsOf(reference, prediction);
  const refDetected = new Set(pairs.map((pair) => pair.reference)).size;
  const predHits = new Set(pairs.map((pair) => pair.prediction)).size;
  const refTotal = reference.sizes.length;
  const predTotal = prediction.sizes.length;
  const sensitivity = share(refDetected, refTotal, Number.NaN);
  const precision = share(predHits, predTotal, Number.NaN);
  const product = sensitivity * precision;
  return {
    refDetected,
    refTotal,
    predHits,
    predTotal,
    sensitivity,
    precision,
    f1: refTotal + predTotal === 0 ? Number.NaN : product > 0 ? (2 * product) / (sensitivity + precision) : 0,
  };
}
