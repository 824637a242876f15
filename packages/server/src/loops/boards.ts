import { createHash } from "node:crypto";

import { assert } from "@medforge/core/assert";
import type { Board, BoardLine } from "@medforge/db/queries/boards";
import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import { type Manifest, parseManifest } from "@medforge/scoring";

import { unpackCases } from "../competitions/cases.ts";
import { primaryOf } from "../competitions/identity.ts";
import type { Deps } from "../deps.ts";
import { RESAMPLES } from "../scorer/board-statistics.ts";

/** Statistics of boards that have changed, computed by one worker at a time and never in a request. */

const LOOK_EVERY_MS = 1_000;
/** A board that changes all the time is computed again after this many times what the last time took. */
const REST_TIMES = 10;
const REST_MS_MIN = 5_000;
const LINES_MAX = 500;
/** Lines × cases: a billion draws a minute's work, and 80 MB. */
const VALUES_MAX = 1e7;

export async function runBoards(deps: Deps, signal: AbortSignal): Promise<void> {
  const restsUntil = new Map<string, number>();
  while (!signal.aborted) {
    try {
      const now = deps.clock.now();
      const changed = await deps.db.boards.changedSinceStatistics();
      const due = changed.find(({ identityId }) => (restsUntil.get(identityId) ?? 0) <= now);
      if (due !== undefined) {
        try {
          await alone(deps, due, signal);
        } finally {
          // One that fails rests too: it must not keep the others from their turn.
          const tookMs = deps.clock.now() - now;
          restsUntil.set(due.identityId, deps.clock.now() + Math.max(REST_MS_MIN, REST_TIMES * tookMs));
        }
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      deps.log.error("board.statistics_failed", { loop: "boards" }, error);
    }
    await deps.clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Two workers would come to the same numbers; one of them can do something better meanwhile. */
async function alone(deps: Deps, board: Board, signal: AbortSignal): Promise<void> {
  const lock = await deps.db.tryLock(`medforge.board.${board.identityId}`);
  if (lock === undefined) return;
  try {
    await computeStatistics(deps, board, signal);
  } finally {
    await lock.release();
  }
}

/** Afterwards the best lines of the board, as it was when it was read, have statistics. */
export async function computeStatistics(deps: Deps, board: Board, signal?: AbortSignal): Promise<void> {
  const { identityId } = board;
  const identity = await deps.db.scoreIdentities.byId(identityId);
  assert(identity !== undefined, "a board has an identity");
  const read = parseManifest(identity.manifest);
  assert(read.ok, "a manifest was valid when it was imported");
  const { lines, columns } = await best(deps, identityId, primaryOf(read.value).key);
  const seed = seedOf(identity, read.value, lines);
  const facts = { seed, resamples: RESAMPLES, cases: columns[0]?.length ?? 0, lines: lines.length };
  if (columns.length === 0) {
    const none = { ...facts, absent: "no-scores-per-case", aggregations: [] } as const;
    await deps.db.transaction((tx) => tx.boards.writeStatistics(identityId, board.changedAt, none, []));
    return;
  }
  const found = await deps.scorer.statistics({ direction: identity.direction, seed, columns }, signal);
  const statistics = {
    ...facts,
    absent: null,
    aggregations: found.aggregations.map(({ by, kendallTau, order }) => ({
      by,
      kendallTau,
      order: order.map((at) => lines[at]?.submissionId ?? ""),
    })),
  };
  const written = found.lines.map((line, at) => ({
    userId: lines[at]?.userId ?? "",
    submissionId: lines[at]?.submissionId ?? "",
    intervalLow: line.interval.low,
    intervalHigh: line.interval.high,
    rankLow: line.rankInterval.low,
    rankHigh: line.rankInterval.high,
    firstProbability: line.firstProbability,
    tier: line.tier,
  }));
  await deps.db.transaction((tx) =>
    tx.boards.writeStatistics(identityId, board.changedAt, statistics, written),
  );
  deps.log.info("board.statistics", { loop: "boards", identity_id: identityId, lines: lines.length });
}

/** The best lines with one column each; none at all if one of them has no values per case. */
async function best(
  deps: Deps,
  identityId: string,
  key: string,
): Promise<{ lines: BoardLine[]; columns: Float64Array[] }> {
  const lines: BoardLine[] = [];
  const columns: Float64Array[] = [];
  for (const { line } of await deps.db.boards.page(identityId, undefined, LINES_MAX)) {
    const perCase = await deps.db.scoreRuns.casesUnder(identityId, line.submissionId);
    const values = perCase === null ? undefined : unpackCases(perCase).values[key];
    if (values === undefined || values.length === 0) return { lines, columns: [] };
    if (lines.length >= 2 && (lines.length + 1) * values.length > VALUES_MAX) break;
    lines.push(line);
    columns.push(Float64Array.from(values, (value) => value ?? Number.NaN));
  }
  return { lines, columns };
}

/** Of what the numbers depend on, and of nothing else: the same board gives the same bytes, whoever computes it. */
function seedOf(identity: ScoreIdentity, manifest: Manifest, lines: readonly BoardLine[]): string {
  const parts = [
    identity.competitionSlug,
    manifest.evaluationSplitVersion,
    identity.metricVersions,
    ...lines.map(({ submissionId }) => submissionId).sort(),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
