import type { Deps } from "../deps.ts";
import { SIGN_MS_MAX } from "../loops/sign-of-life.ts";

/** How scoring is doing: what waits, since when, and whether anybody works on it. */
export interface ScoringState {
  readonly queued: number;
  readonly scoring: number;
  /** How long the first of the queued has waited; 0 when none is. */
  readonly oldestMs: number;
  readonly workersAlive: number;
  readonly workerSeenAt: number | null;
}

export async function scoringState(deps: Pick<Deps, "db" | "clock">): Promise<ScoringState> {
  const [{ queued, scoring, oldestQueuedAt }, workers] = await Promise.all([
    deps.db.scoreRuns.queueState(),
    deps.db.workers.all(),
  ]);
  const now = deps.clock.now();
  return {
    queued,
    scoring,
    oldestMs: oldestQueuedAt === null ? 0 : Math.max(0, now - oldestQueuedAt),
    workersAlive: workers.filter(({ seenAt }) => now - seenAt <= SIGN_MS_MAX).length,
    workerSeenAt: workers[0]?.seenAt ?? null,
  };
}
