import { within } from "../errors.ts";
import type { Mask } from "../images/mask.ts";
import { readMask } from "../images/mask.ts";
import { inOrderOf } from "../images/orientation.ts";
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

/** From two files to every metric of every label. */
export async function measurePair(
  workspace: Workspace,
  files: { readonly reference: string; readonly prediction: string },
  options: MeasureOptions,
  now: () => number,
): Promise<MeasuredPair> {
  const start = now();
  const reference = await readNamed(files.reference);
  const prediction = await readNamed(files.prediction);
  const aligned = named(files.prediction, () => inOrderOf(reference, prediction));
  const read = now();
  const { shape, spacing } = reference;
  workspace.load({ shape, reference: reference.labels, prediction: aligned.labels });
  const { labels, tolerances } = options;
  const scores = workspace.score({ spacing, tolerances, ...(labels !== undefined && { labels }) });
  return { scores, shape, spacing, timings: { readMs: read - start, scoreMs: now() - read } };
}

async function readNamed(path: string): Promise<Mask> {
  const bytes = await readBytes(path);
  try {
    return await readMask(bytes);
  } catch (error) {
    throw within(error, { file: path });
  }
}

function named<Value>(path: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw within(error, { file: path });
  }
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
