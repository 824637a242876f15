import type { Numbers } from "../columns.ts";
import {
  bootstrapMeans,
  type Interval,
  levelOf,
  percentileInterval,
  type Replicates,
  type ResampleOptions,
  replicatesOf,
} from "./bootstrap.ts";
import { ascendingOrder } from "./order.ts";

export interface RankingOptions extends ResampleOptions {
  readonly direction: "higher-is-better" | "lower-is-better";
}

/** One entry of a board. */
export interface RankedEntry {
  readonly mean: number;
  readonly interval: Interval;
  /** 1 + the number of entries with a better mean; equal means share a rank. */
  readonly rank: number;
  /** The ranks of the middle `level` of the resamples, whole numbers. */
  readonly rankInterval: Interval;
  /** Share of resamples in which nobody is better; those equal at the top share it. */
  readonly firstProbability: number;
  /** 1 for the best and all that cannot be separated from it, then the same for the best of the rest. */
  readonly tier: number;
}

/**
 * Intervals, rank intervals and tiers of a board from one paired bootstrap over cases. `columns` holds one score per
 * case for each entry; the result is in the same order. An entry belongs to the tier of the best of that tier as long
 * as the interval of their paired difference reaches 0.
 * Source: rank intervals after Maier-Hein et al., Nature Communications 9 (2018) 5217, and challengeR.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`, `bad_argument`.
 */
export function rankBoard(columns: readonly Numbers[], options: RankingOptions): RankedEntry[] {
  const level = levelOf(options);
  const replicates = bootstrapMeans(columns, options);
  const sign = options.direction === "higher-is-better" ? 1 : -1;
  const { ranks, first } = resampledRanks(replicates, sign);
  const tiers = tiersOf(replicates, sign, level);
  const observed = replicates.observed.map((value) => value * sign);
  return columns.map((_, column) => ({
    mean: replicates.observed[column] as number,
    interval: percentileInterval(replicatesOf(replicates, column), level),
    rank: 1 + observed.reduce((better, value) => better + (value > (observed[column] as number) ? 1 : 0), 0),
    rankInterval: wholeInterval(
      ranks.subarray(column * replicates.resamples, (column + 1) * replicates.resamples),
      level,
    ),
    firstProbability: (first[column] as number) / replicates.resamples,
    tier: tiers[column] as number,
  }));
}

/** Every entry's rank in every resample, laid out like the means, and its shares of first places. */
function resampledRanks({ means, columns, resamples }: Replicates, sign: number) {
  const ranks = new Uint32Array(columns * resamples);
  const first = new Float64Array(columns);
  const values = new Float64Array(columns);
  for (let resample = 0; resample < resamples; resample++) {
    for (let column = 0; column < columns; column++) {
      values[column] = -sign * (means[column * resamples + resample] as number);
    }
    const order = ascendingOrder(values);
    const best = values[order[0] as number];
    let top = 0;
    while (top < columns && values[order[top] as number] === best) top += 1;
    let rank = 1;
    for (let place = 0; place < columns; place++) {
      const column = order[place] as number;
      if (place > 0 && values[column] !== values[order[place - 1] as number]) rank = place + 1;
      ranks[column * resamples + resample] = rank;
      if (place < top) first[column] = (first[column] as number) + 1 / top;
    }
  }
  return { ranks, first };
}

/** The narrowest whole numbers with at most (1 − level) / 2 of the values beyond each end. */
function wholeInterval(values: Uint32Array, level: number): Interval {
  const sorted = values.toSorted();
  const beyond = Math.floor(((1 - level) / 2) * sorted.length + 1e-9);
  return { low: sorted[beyond] as number, high: sorted[sorted.length - 1 - beyond] as number };
}

function tiersOf(replicates: Replicates, sign: number, level: number): Uint32Array {
  const { columns, observed } = replicates;
  const tiers = new Uint32Array(columns);
  let tier = 0;
  let best = -1;
  for (const column of ascendingOrder(observed.map((value) => -sign * value))) {
    if (best < 0 || separable(replicates, best, column, level)) {
      tier += 1;
      best = column;
    }
    tiers[column] = tier;
  }
  return tiers;
}

/** Whether the interval of the paired difference excludes 0. */
function separable(replicates: Replicates, a: number, b: number, level: number): boolean {
  const other = replicatesOf(replicates, b);
  const { low, high } = percentileInterval(
    replicatesOf(replicates, a).map((value, i) => value - (other[i] as number)),
    level,
  );
  return low > 0 || high < 0;
}
