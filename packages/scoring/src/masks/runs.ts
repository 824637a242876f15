import { ScoringError } from "../errors.ts";

/**
 * A binary mask as half-open intervals [starts[i], ends[i]) over pixel numbers from 0, ascending, apart or touching,
 * never overlapping. Nothing here ever makes an array of pixels: cost and memory follow the number of runs.
 */
export interface Runs {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Pixels of the whole image. */
  readonly pixels: number;
  /** Which neighbour is the next number: the one to the right (`row`) or the one below (`column`, as COCO counts). */
  readonly order: "row" | "column";
}

export function area({ starts, ends }: Runs): number {
  let sum = 0;
  for (let run = 0; run < starts.length; run++) sum += (ends[run] as number) - (starts[run] as number);
  return sum;
}

/** The number of pixels that both masks have. Throws `shape_mismatch` unless both count the same pixels alike. */
export function commonArea(a: Runs, b: Runs): number {
  if (a.pixels !== b.pixels || a.order !== b.order) throw new ScoringError("shape_mismatch");
  let sum = 0;
  for (let i = 0, j = 0; i < a.starts.length && j < b.starts.length; ) {
    const endA = a.ends[i] as number;
    const endB = b.ends[j] as number;
    const from = Math.max(a.starts[i] as number, b.starts[j] as number);
    const to = Math.min(endA, endB);
    if (to > from) sum += to - from;
    if (endA <= endB) i++;
    else j++;
  }
  return sum;
}

/** True positives, false positives and false negatives, in pixels. */
export interface RunCounts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
}

export function runCounts(reference: Runs, prediction: Runs): RunCounts {
  const tp = commonArea(reference, prediction);
  return { tp, fp: area(prediction) - tp, fn: area(reference) - tp };
}

/** 2TP / (2TP + FP + FN); both masks empty: 1. */
export function runDice(reference: Runs, prediction: Runs): number {
  const { tp, fp, fn } = runCounts(reference, prediction);
  return tp + fp + fn === 0 ? 1 : (2 * tp) / (2 * tp + fp + fn);
}

/** TP / (TP + FP + FN); both masks empty: 1. */
export function runIou(reference: Runs, prediction: Runs): number {
  const { tp, fp, fn } = runCounts(reference, prediction);
  return tp + fp + fn === 0 ? 1 : tp / (tp + fp + fn);
}

/** Checks what a reader has collected; both arrays may be longer than `count`. */
export function makeRuns(
  starts: readonly number[],
  ends: readonly number[],
  pixels: number,
  order: "row" | "column",
): Runs {
  return { starts: Float64Array.from(starts), ends: Float64Array.from(ends), pixels, order };
}
