import { ScoringError } from "../errors.ts";
import { type Instances, type Overlap, overlapsOf } from "../kernels/instances.ts";
import type { MetricFacts } from "../metric.ts";

export const panopticQualityFacts: MetricFacts = {
  name: "pq",
  version: "pq-v1",
  direction: "higher-is-better",
  unit: "1",
  definition:
    "SQ·RQ: mean IoU of the matched objects times TP / (TP + FP/2 + FN/2); a pair matches if its IoU is over 0.5 (strictly, which makes matches unique). Objects are 26-connected (8 in two axes) unless said otherwise.",
  empty: "No object on either side: NaN. No match: 0, with SQ 0.",
  source: "Kirillov et al., Panoptic segmentation, CVPR 2019, 9396–9405.",
};

export interface PanopticQuality {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly rq: number;
  readonly sq: number;
  readonly pq: number;
}

export interface MatchRule {
  /** 0.5 unless said otherwise. Below 0.5 pairs are taken one to one, largest IoU first. */
  readonly iou?: number;
  /** Whether a pair at exactly the threshold matches (panoptica); no, unless said otherwise. */
  readonly inclusive?: boolean;
}

/**
 * Of two sets of objects of one image, see `connectedComponents` and `mapInstances`.
 * @throws ScoringError `shape_mismatch`, `bad_argument`.
 */
export function panopticQuality(
  reference: Instances,
  prediction: Instances,
  rule: MatchRule = {},
): PanopticQuality {
  const matches = matchInstances(reference, prediction, rule);
  const tp = matches.length;
  const fp = prediction.sizes.length - tp;
  const fn = reference.sizes.length - tp;
  if (tp + fp + fn === 0) return { tp, fp, fn, rq: Number.NaN, sq: Number.NaN, pq: Number.NaN };
  let sum = 0;
  for (const { iou } of matches) sum += iou;
  const sq = tp === 0 ? 0 : sum / tp;
  const rq = tp / (tp + fp / 2 + fn / 2);
  return { tp, fp, fn, rq, sq, pq: sq * rq };
}

export interface Match extends Overlap {
  readonly iou: number;
}

/** One to one, by IoU descending, then by number. */
export function matchInstances(
  reference: Instances,
  prediction: Instances,
  { iou: threshold = 0.5, inclusive = false }: MatchRule = {},
): Match[] {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new ScoringError("bad_argument", `${threshold} is not an IoU.`, { argument: "iou" });
  }
  const candidates = overlapsOf(reference, prediction)
    .map((pair) => ({ ...pair, iou: pairIou(pair, reference, prediction) }))
    .filter(({ iou }) => (inclusive ? iou >= threshold : iou > threshold))
    .sort((a, b) => b.iou - a.iou || a.reference - b.reference || a.prediction - b.prediction);
  const takenReferences = new Set<number>();
  const takenPredictions = new Set<number>();
  return candidates.filter((pair) => {
    if (takenReferences.has(pair.reference) || takenPredictions.has(pair.prediction)) return false;
    takenReferences.add(pair.reference);
    takenPredictions.add(pair.prediction);
    return true;
  });
}

function pairIou(pair: Overlap, reference: Instances, prediction: Instances): number {
  const sizes = (reference.sizes[pair.reference] ?? 0) + (prediction.sizes[pair.prediction] ?? 0);
  return pair.voxels / (sizes - pair.voxels);
}
