import type { Leaderboard, LeaderboardLine } from "@medforge/contracts/leaderboard";
import type { NamedLine, ShownBoard } from "@medforge/db/queries/board-reads";

import { instantText } from "../../http/envelope.ts";
import type { Rules, Statistics } from "./board-facts.ts";

export function lineOnWire(
  { line, displayName }: NamedLine,
  rank: number,
  viewerId: string,
  { displayedDecimals }: Rules,
  statistics: Statistics | null,
): LeaderboardLine {
  const shown = (value: number) => Number(value.toFixed(displayedDecimals));
  const { intervalLow, intervalHigh, rankLow, rankHigh } = line;
  return {
    rank,
    display_name: displayName,
    is_me: line.userId === viewerId,
    score: shown(line.score),
    submitted_at: instantText(line.submittedAt),
    submissions: line.submissions,
    interval:
      intervalLow === null || intervalHigh === null
        ? null
        : { low: shown(intervalLow), high: shown(intervalHigh) },
    rank_interval: rankLow === null || rankHigh === null ? null : { low: rankLow, high: rankHigh },
    first_probability: line.firstProbability,
    tier: line.tier,
    rank_by: line.statisticsFit ? ranksUnderOthers(line.submissionId, statistics) : {},
  };
}

function ranksUnderOthers(submissionId: string, statistics: Statistics | null): LeaderboardLine["rank_by"] {
  const ranks: LeaderboardLine["rank_by"] = {};
  for (const { by, rankOf } of statistics?.aggregations ?? []) {
    const rank = rankOf.get(submissionId);
    if (rank !== undefined) ranks[by] = rank;
  }
  return ranks;
}

export function statisticsOnWire(
  { seed, resamples, cases, lines, aggregations }: Statistics,
  board: ShownBoard,
): Leaderboard["statistics"] {
  return {
    seed,
    resamples,
    cases,
    lines,
    up_to_date: board.changedAt === board.statisticsAt,
    aggregations: aggregations.map(({ by, kendallTau }) => ({ by, kendall_tau: kendallTau })),
  };
}
