import { assert } from "@medforge/core/assert";
import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import type { ClaimedRun } from "@medforge/db/queries/score-runs";
import type { ScoreReport } from "@medforge/scoring";

import { packCases } from "../competitions/cases.ts";
import type { Deps } from "../deps.ts";
import { INTERNAL_ERROR } from "./score-ending.ts";

/** The end of a run, in one transaction: all of it or nothing, and by whoever holds the claim. */

/** The run, the user's line of the board, and the board's switch to a new identity. @returns false: the claim is lost */
export async function writeScored(
  deps: Deps,
  run: ClaimedRun,
  claim: string,
  identity: ScoreIdentity,
  report: ScoreReport,
): Promise<boolean> {
  const { value: score } = report.primary;
  assert(Number.isFinite(score), "the scoring package throws for a score that is not finite");
  const result = {
    score,
    components: report.components.map(({ perCase: _, ...component }) => component),
    perCase: packCases(report),
    warnings: report.warnings,
  };
  const at = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    if (!(await tx.scoreRuns.scored(run, claim, result, at))) return false;
    // Locked: one that is withdrawn now is taken off the board after this, or never gets there.
    const submission = await tx.submissions.lock(run.submission.id);
    if (submission?.withdrawnAt === null) {
      const { id, userId, createdAt } = submission;
      const entry = { userId, submissionId: id, score, submittedAt: createdAt };
      await tx.boards.enter(identity.id, identity.direction, entry, at);
    }
    await tx.competitions.showTargetWhenComplete(run.submission.competitionId, at);
    return true;
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
