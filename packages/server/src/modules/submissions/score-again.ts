import type { SubmissionDetails } from "@medforge/db/queries/submissions";

import { type Deps, newId } from "../../deps.ts";

/** Afterwards the submission is scored, or waits to be, for the rules that new ones are scored for. */
export async function scoreAgain(deps: Deps, id: string): Promise<SubmissionDetails | undefined> {
  const now = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const details = await tx.submissions.byId(id);
    if (details === undefined) return undefined;
    const { targetIdentityId: identityId } = details.competition;
    await tx.scoreRuns.queueAll([{ id: newId(deps), submissionId: id, identityId, queuedAt: now }]);
    const runs = await tx.scoreRuns.ofSubmission(id);
    const run = runs.find((one) => one.identityId === identityId);
    if (run?.state === "failed") await tx.scoreRuns.queueAgain(run.id, now);
    return tx.submissions.byId(id);
  });
}
