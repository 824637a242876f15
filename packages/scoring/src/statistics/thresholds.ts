import { ascendingOrder } from "./order.ts";

/** Counts at every threshold "positive where score ≥ t", one entry per distinct score, from the highest down. */
export interface Thresholds {
  readonly scores: Float64Array;
  /** True and false positives at that threshold. */
  readonly tp: Float64Array;
  readonly fp: Float64Array;
  readonly positives: number;
  readonly negatives: number;
}

/** `labels` holds 0 and 1, `scores` no NaN, of equal length. */
export function thresholds(labels: Uint8Array, scores: Float64Array): Thresholds {
  const order = ascendingOrder(scores);
  const n = order.length;
  const values = new Float64Array(n);
  const tp = new Float64Array(n);
  const fp = new Float64Array(n);
  let hits = 0;
  let count = 0;
  for (let at = n - 1; at >= 0; at--) {
    const index = order[at] as number;
    hits += labels[index] as number;
    const next = at > 0 ? (scores[order[at - 1] as number] as number) : Number.NaN;
    if (scores[index] === next) continue;
    values[count] = scores[index] as number;
    tp[count] = hits;
    fp[count] = n - at - hits;
    count += 1;
  }
  return {
    scores: values.subarray(0, count),
    tp: tp.subarray(0, count),
    fp: fp.subarray(0, count),
    positives: hits,
    negatives: n - hits,
  };
}
