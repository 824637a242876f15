import { assert } from "@medforge/core/assert";
import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import type { ClaimedRun, Scored } from "@medforge/db/queries/score-runs";
import type { ScoreReport } from "@medforge/scoring";

import { packCases } from "../competitions/cases.ts";
import type { Deps } from "../deps.ts";
import { INTERNAL_ERROR } from "./score-ending.ts";

/** The ends of runs, in one transaction: all of it or nothing, and by whoever holds the claim. */

/** A run that has a score, under the claim that it was computed under. */
export interface ScoredRun {
  readonly run: ClaimedRun;
  readonly claim: string;
  readonly identity: ScoreIdentity;
  readonly result: Scored;
}

export function resultOf(report: ScoreReport): Scored {
  const { value: score } = report.primary;
  assert(Number.isFinite(score), "the scoring package throws for a score that is not finite");
  return {
    score,
    components: report.components.map(({ perCase: _, ...component }) => component),
    perCase: packCases(report),
    warnings: report.warnings,
  };
}

/**
 * The runs, the users' lines of the boards, and the boards' switch to a new identity.
 * @returns for each whether it was written; if not, the claim is lost
 */
export async function writeScored(
  deps: Pick<Deps, "db" | "clock">,
  scored: readonly ScoredRun[],
): Promise<boolean[]> {
  const at = deps.clock.now();
  const ends = scored.map(({ run, claim, result }) => ({ ...result, runId: run.id, claim }));
  return deps.db.transaction(async (tx) => {
    const written = await tx.scoreRuns.scoredAll(ends, at);
    const own = scored.filter((_, at) => written[at]);
    // Locked: one that is withdrawn now is taken off the board after this, or never gets there.
    const submissions = await tx.submissions.lockAll(own.map(({ run }) => run.submission.id));
    const standing = new Set(
      submissions.flatMap(({ id, withdrawnAt }) => (withdrawnAt === null ? [id] : [])),
    );
    const identities = new Map(own.map(({ identity }) => [identity.id, identity]));
    for (const identity of [...identities.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const entries = own.flatMap(({ run, result }) => {
        const { id, userId, createdAt } = run.submission;
        if (run.identityId !== identity.id || !standing.has(id)) return [];
        return [{ userId, submissionId: id, score: result.score, submittedAt: createdAt }];
      });
      if (entries.length > 0) await tx.boards.enterAll(identity.id, identity.direction, entries, at);
    }
    for (const id of new Set(own.map(({ run }) => run.submission.competitionId))) {
      await tx.competitions.showTargetWhenComplete(id, at);
    }
    return written;
  });
}

/** @returns false: the claim is lost */
export async function writeFailed(
  deps: Deps,
  run: ClaimedRun,
  claim: string,
  fault: { readonly code: string; readonly detail: string },
): Promise<boolean> {
  const at = deps.clock.now();
  const { submission } = run;
  return deps.db.transaction(async (tx) => {
    await tx.submissions.lock(submission.id);
    const before = await tx.scoreRuns.ofSubmission(submission.id);
    if (!(await tx.scoreRuns.failed(run, claim, fault, at))) return false;
    const counted = !before.some((one) => one.state === "scored" || one.errorCode === INTERNAL_ERROR.code);
    if (fault.code === INTERNAL_ERROR.code && counted) {
      const day = new Date(submission.createdAt).toISOString().slice(0, 10);
      const { competitionId, userId } = submission;
      await tx.submissionDays.giveBack({ competitionId, userId, day });
    }
    await tx.competitions.showTargetWhenComplete(submission.competitionId, at);
    return true;
  });
}
