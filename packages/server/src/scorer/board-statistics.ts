import { kendallTau, rankBoard } from "@medforge/scoring";
import { averageRanks } from "@medforge/scoring/statistics/order";
import { mean } from "@medforge/scoring/statistics/sum";

import type { Aggregated, BoardStatisticsFound, StatisticsJob } from "./messages.ts";

/** Fewer cases than this give intervals, but nothing that says who is better than whom. */
const SIGNIFICANCE_CASES_MIN = 30;
export const RESAMPLES = 1_000;

/**
 * What a board's scores per case say about its order. Pure: the same columns in the same order and the same seed give
 * the same bytes. NaN is a case that does not count for that line.
 */
export function boardStatistics({ columns, direction, seed }: StatisticsJob): BoardStatisticsFound {
  const entries = rankBoard(columns, { seed, direction, resamples: RESAMPLES, absent: "leave-out" });
  const cases = columns[0]?.length ?? 0;
  const significant = cases >= SIGNIFICANCE_CASES_MIN;
  const means = entries.map((entry) => entry.mean);
  const sign = direction === "higher-is-better" ? -1 : 1;
  const aggregated = (by: Aggregated["by"], values: readonly number[], towards: number): Aggregated => {
    // Stable: lines that are equal stay in the board's order.
    const order = values
      .map((_, at) => at)
      .sort((a, b) => towards * ((values[a] as number) - (values[b] as number)));
    const tau = values.length < 2 ? Number.NaN : kendallTau(scaled(means, sign), scaled(values, towards));
    return { by, order, kendallTau: Number.isFinite(tau) ? tau : null };
  };
  return {
    lines: entries.map(({ interval, rankInterval, firstProbability, tier }) => ({
      interval,
      rankInterval,
      firstProbability: significant ? firstProbability : null,
      tier: significant ? tier : null,
    })),
    aggregations: [
      aggregated("median", columns.map(median), sign),
      aggregated("rank-then-mean", meanRanks(columns, sign), 1),
    ],
  };
}

function scaled(values: readonly number[], by: number): Float64Array {
  return Float64Array.from(values, (value) => value * by);
}

function counted(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value));
}

function median(column: Float64Array): number {
  const sorted = counted(column).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Of each line: its ranks among those that count in a case (1 is best, equal ones share), averaged over its cases. */
function meanRanks(columns: readonly Float64Array[], sign: number): number[] {
  const ranks = columns.map((column) => new Float64Array(column.length).fill(Number.NaN));
  const cases = columns[0]?.length ?? 0;
  for (let one = 0; one < cases; one++) {
    const there = columns.flatMap((column, line) => (Number.isNaN(column[one]) ? [] : [line]));
    const own = averageRanks(Float64Array.from(there, (line) => sign * (columns[line]?.[one] as number)));
    there.forEach((line, at) => {
      (ranks[line] as Float64Array)[one] = own[at] as number;
    });
  }
  return ranks.map((column) => mean(counted(column)));
}
