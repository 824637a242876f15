import { faultsError, ScoringError } from "../errors.ts";
import type { LabelScore, Workspace } from "../kernels/workspace.ts";
import { readBytes } from "./files.ts";

export interface MeasureOptions {
  readonly labels?: readonly number[] | undefined;
  readonly tolerances: readonly number[];
}

export interface Timings {
  readonly readMs: number;
  readonly scoreMs: number;
}

export interface MeasuredPair {
  readonly scores: readonly LabelScore[];
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
  readonly timings: Timings;
}

interface MaskPaths {
  readonly reference: string;
  readonly prediction: string;
}

/** From two files to every metric of every label. */
export async function measurePair(
  workspace: Workspace,
  files: MaskPaths,
  options: MeasureOptions,
  now: () => number,
): Promise<MeasuredPair> {
  const start = now();
  const pair = { reference: await readBytes(files.reference), prediction: await readBytes(files.prediction) };
  const { shape, spacing } = await workspace.read(pair).catch((error: unknown) => {
    throw named(error, files);
  });
  const read = now();
  const { labels, tolerances } = options;
  const scores = workspace.score({ spacing, tolerances, ...(labels !== undefined && { labels }) });
  return { scores, shape, spacing, timings: { readMs: read - start, scoreMs: now() - read } };
}

/** The workspace says which of the two it is; a person wants the file. */
function named(error: unknown, files: MaskPaths): unknown {
  if (!(error instanceof ScoringError)) return error;
  const faults = error.faults.map((one) => ({
    ...one,
    where: { ...one.where, file: files[one.where.file === "reference" ? "reference" : "prediction"] },
  }));
  return faultsError(faults, error.faultsTotal);
}

/** One line per label: what a table of results shows. */
export const measureColumns = (tolerances: readonly number[]): string[] => [
  "label",
  "dice",
  "iou",
  "hd95_mm",
  "assd_mm",
  ...tolerances.map((tolerance) => `nsd_${tolerance}mm`),
  "volume_reference_mm3",
  "volume_prediction_mm3",
];

/** HD95 and ASSD of the voxel surface, NSD of the surfels: the defaults of the conventions table. */
export function measureRow(score: LabelScore): number[] {
  const { voxel, surfel } = score.surface;
  return [
    score.label,
    score.overlap.dice,
    score.overlap.iou,
    voxel?.hdp["95"] ?? Number.NaN,
    voxel?.assd ?? Number.NaN,
    ...(surfel?.nsd ?? []),
    score.volumes.reference,
    score.volumes.prediction,
  ];
}
