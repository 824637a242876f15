import { readMask } from "../images/mask.ts";
import { Comparison } from "../kernels/comparison.ts";
import {
  type Distances,
  elementCount,
  linearPercentile,
  totalWeight,
  weightWithin,
} from "../kernels/distances.ts";
import { absoluteVolumeDifference } from "../metrics/absolute-volume-difference.ts";
import { assd } from "../metrics/assd.ts";
import { dice } from "../metrics/dice.ts";
import { hausdorff, hausdorffPercentile } from "../metrics/hausdorff.ts";
import { iou } from "../metrics/iou.ts";
import { averageDistance, masd } from "../metrics/masd.ts";
import { precision } from "../metrics/precision.ts";
import { recall } from "../metrics/recall.ts";
import { relativeVolumeDifference } from "../metrics/relative-volume-difference.ts";
import { specificity } from "../metrics/specificity.ts";
import { type SurfaceComparison, statusOf } from "../metrics/surface-comparison.ts";
import { surfaceDice } from "../metrics/surface-dice.ts";
import { volumeSimilarity } from "../metrics/volume-similarity.ts";
import type { Result, VectorRecord, VectorValue } from "./checks.ts";
import { part, type Suite, type VectorFiles } from "./suite.ts";

/** A mask of the vectors; `shape` of the case decides whether it is 2-D or a volume of one slice. */
export async function maskOf(files: VectorFiles, path: string) {
  return (await readMask(await files.bytes(path))).labels;
}

const percentiles = [50, 90, 95, 99] as const;

function byPercentile(value: (percentile: number) => number): Record<string, number> {
  return Object.fromEntries(percentiles.map((p) => [p, value(p)]));
}

export const segmentationSuite: Suite = {
  file: "seg/cases.json",
  async check(one, { files, engine }) {
    const shape = part<number[]>(one, "shape");
    const spacing = part<number[]>(one, "spacing");
    const pair = new Comparison(engine, {
      shape,
      reference: await maskOf(files, `seg/${one.ref}`),
      prediction: await maskOf(files, `seg/${one.pred}`),
    });
    try {
      const records = part<VectorRecord[]>(one, "labels");
      const got = records.map((record) => labelResult(pair, record, spacing));
      return {
        expected: records.map((record, i) => withAlternatives(record, got[i])),
        got,
        tolerance: (path) => (/overlap\.|counts|\.n(Ref|Pred)$/.test(path) ? 1e-12 : 1e-9),
      };
    } finally {
      pair.release();
    }
  },
};

function labelResult(pair: Comparison, record: VectorRecord, spacing: readonly number[]): Result {
  const label = part<number>(record, "label");
  const tolerances = part<number[]>(record, "tolerances");
  const counts = pair.counts(label);
  const voxel = spacing.reduce((product, mm) => product * mm, 1);
  const surface = (definition: "voxel" | "surfel") =>
    surfaceResult(pair.surfaces(label, definition, spacing), tolerances);
  return {
    label,
    status: statusOf(counts.tp + counts.fn, counts.tp + counts.fp),
    counts: { ...counts },
    tolerances,
    overlap: {
      dice: dice(counts),
      iou: iou(counts),
      precision: precision(counts),
      recall: recall(counts),
      specificity: specificity(counts),
      volumeSimilarity: volumeSimilarity(counts),
      relativeVolumeDifference: relativeVolumeDifference(counts),
      absoluteVolumeDifferenceRatio: absoluteVolumeDifference(counts),
      volumeRef: (counts.tp + counts.fn) * voxel,
      volumePred: (counts.tp + counts.fp) * voxel,
    },
    surface: { voxel: surface("voxel"), surfel: surface("surfel") },
  };
}

function surfaceResult(comparison: SurfaceComparison, tolerances: readonly number[]): Result {
  const both = {
    hd: hausdorff(comparison),
    hdp: byPercentile((p) => hausdorffPercentile(comparison, p)),
    hdpPooled: byPercentile((p) => hausdorffPercentile(comparison, p, "pooled")),
    assd: assd(comparison),
    masd: masd(comparison),
    nsd: tolerances.map((tolerance) => surfaceDice(comparison, tolerance)),
  };
  if (comparison.distances === undefined) return both;
  const { reference, prediction } = comparison.distances;
  const within = (one: Distances) =>
    tolerances.map((tolerance) => weightWithin(one, tolerance) / totalWeight(one));
  const [inReference, inPrediction] = [within(reference), within(prediction)];
  return {
    ...both,
    nRef: elementCount(reference),
    nPred: elementCount(prediction),
    areaRef: totalWeight(reference),
    areaPred: totalWeight(prediction),
    asdRefToPred: averageDistance(reference),
    asdPredToRef: averageDistance(prediction),
    hdpRefToPred: byPercentile((p) => linearPercentile(reference, p)),
    hdpPredToRef: byPercentile((p) => linearPercentile(prediction, p)),
    overlapRef: inReference,
    overlapPred: inPrediction,
    nsdMeanOfFractions: inReference.map((share, i) => (share + (inPrediction[i] ?? Number.NaN)) / 2),
  };
}

/**
 * Where the cumulative area meets a percentile to within rounding, the vectors list every acceptable value; the one
 * that was got is then the expected one. What other tools answered is not compared.
 */
function withAlternatives(record: VectorRecord, got: Result | undefined): VectorRecord {
  const { peersRaw: _, ...rest } = record;
  const surface = part<VectorRecord>(record, "surface");
  const surfel = part<VectorRecord>(surface, "surfel");
  const { hdpTieAlternatives, ...plain } = surfel;
  if (hdpTieAlternatives === undefined) return rest;
  const hdp: Record<string, VectorValue> = { ...part<VectorRecord>(surfel, "hdp") };
  for (const [p, choices] of Object.entries(hdpTieAlternatives as VectorRecord)) {
    const ours = Number(
      (got as { surface: { surfel: { hdp: Record<string, number> } } }).surface.surfel.hdp[p],
    );
    const match = (choices as readonly number[]).find((value) => Math.abs(value - ours) <= 1e-9 * value);
    if (match !== undefined) hdp[p] = match;
  }
  return { ...rest, surface: { ...surface, surfel: { ...plain, hdp } } };
}
