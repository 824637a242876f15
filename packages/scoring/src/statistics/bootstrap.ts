import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import { seededRandom } from "./random.ts";
import { mean } from "./sum.ts";

export const resamplesDefault = 1000;

export interface ResampleOptions {
  /** Any text; the same text gives the same resamples, and so the same bytes. */
  readonly seed: string;
  readonly resamples?: number;
  /** Share of the resamples inside an interval. */
  readonly level?: number;
  /** What NaN is: a fault (unless said otherwise), or a case that does not count for that column's mean. */
  readonly absent?: "refuse" | "leave-out";
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Means of every column in every resample: `means[column * resamples + resample]`. */
export interface Replicates {
  readonly columns: number;
  readonly resamples: number;
  readonly means: Float64Array;
  /** Means of the columns as they are. */
  readonly observed: Float64Array;
}

/** @throws ScoringError `bad_argument`. */
export function levelOf({ level = 0.95 }: ResampleOptions): number {
  if (!(level > 0 && level < 1))
    throw new ScoringError("bad_argument", "The level is not in 0–1.", { argument: "level" });
  return level;
}

/**
 * The paired bootstrap: every resample draws as many cases as there are, with replacement, and the same cases for
 * every column. `columns` holds one score per case for each entry of a board. Memory: 8 bytes × columns × resamples.
 * Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6 and 13.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`, `bad_argument`.
 */
export function bootstrapMeans(columns: readonly Numbers[], options: ResampleOptions): Replicates {
  const resamples = options.resamples ?? resamplesDefault;
  if (!(Number.isInteger(resamples) && resamples >= 1 && resamples <= 1e6)) {
    throw new ScoringError("bad_argument", "The number of resamples is not in 1–1,000,000.", {
      argument: "resamples",
    });
  }
  const first = columns[0];
  if (first === undefined) throw new ScoringError("empty_input", undefined, { argument: "columns" });
  const scores = columns.map((column, index) => {
    sameLength(first, column, `columns[${index}]`);
    return countedColumn(column, `columns[${index}]`, options);
  });
  const cases = first.length;
  const random = seededRandom(options.seed);
  const means = new Float64Array(columns.length * resamples);
  const drawn = new Float64Array(cases);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let i = 0; i < cases; i++) {
      const one = random.below(cases);
      drawn[one] = (drawn[one] as number) + 1;
    }
    scores.forEach(({ values, counts, observed }, index) => {
      let sum = 0;
      for (let i = 0; i < cases; i++) sum += (drawn[i] as number) * (values[i] as number);
      const counted = counts === undefined ? cases : weighted(drawn, counts);
      // Where no case that counts was drawn, nothing is known but what was observed.
      means[index * resamples + resample] = counted === 0 ? observed : sum / counted;
    });
  }
  return {
    columns: columns.length,
    resamples,
    means,
    observed: Float64Array.from(scores, ({ observed }) => observed),
  };
}

interface Counted {
  /** 0 for a case that does not count. */
  readonly values: Float64Array;
  /** 1 for a case that counts; absent where all do. */
  readonly counts?: Uint8Array;
  readonly observed: number;
}

function countedColumn(column: Numbers, argument: string, { absent }: ResampleOptions): Counted {
  const all = Float64Array.from(column);
  const there = absent === "leave-out" ? all.filter((value) => !Number.isNaN(value)) : all;
  const observed = mean(finiteColumn(there, argument));
  if (there.length === all.length) return { values: all, observed };
  const counts = Uint8Array.from(all, (value) => (Number.isNaN(value) ? 0 : 1));
  return { values: all.map((value) => (Number.isNaN(value) ? 0 : value)), counts, observed };
}

function weighted(drawn: Float64Array, counts: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += (drawn[i] as number) * (counts[i] as number);
  return sum;
}

/** The means of one column in all resamples. */
export function replicatesOf({ means, resamples }: Replicates, column: number): Float64Array {
  return means.subarray(column * resamples, (column + 1) * resamples);
}

/** The middle `level` of the values; quantiles by linear interpolation between order statistics. */
export function percentileInterval(values: Float64Array, level: number): Interval {
  const sorted = values.toSorted();
  const tail = (1 - level) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (place - below) * (high - low);
}

export interface PairedDifference {
  /** Mean of b − a. */
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided: twice the smaller share of resamples on one side of 0, never below 1 / (resamples + 1). */
  readonly pValue: number;
}

/** Whether b differs from a over the same cases. Same errors as `bootstrapMeans`. */
export function pairedBootstrap(a: Numbers, b: Numbers, options: ResampleOptions): PairedDifference {
  const level = levelOf(options);
  sameLength(a, b, "b");
  const first = finiteColumn(a, "a");
  const change = finiteColumn(b, "b").map((x, i) => x - (first[i] as number));
  const replicates = bootstrapMeans([change], options);
  const { means, observed, resamples } = replicates;
  let upTo = 1;
  let from = 1;
  for (const value of means) {
    if (value <= 0) upTo += 1;
    if (value >= 0) from += 1;
  }
  return {
    difference: observed[0] as number,
    interval: percentileInterval(means, level),
    pValue: Math.min(1, (2 * Math.min(upTo, from)) / (resamples + 1)),
  };
}
