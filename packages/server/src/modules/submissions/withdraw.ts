import { assert } from "@medforge/core/assert";
import type { SubmissionDetails } from "@medforge/db/queries/submissions";

import type { Deps } from "../../deps.ts";

/**
 * Takes a submission off the boards; the user's next best shows at once, in the same transaction. It still counts for
 * its day, and its file and its score stay to be seen by its owner. Twice changes nothing.
 */
export async function withdrawSubmission(deps: Deps, id: string): Promise<SubmissionDetails> {
  const now = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    // Before anything else, so that a run that ends now is either on the board already or never gets there.
    const submission = await tx.submissions.lock(id);
    assert(submission !== undefined, "submissions are never deleted");
    if (submission.withdrawnAt === null) {
      await tx.submissions.withdraw(id, now);
      await tx.boards.withdrawn(submission, now);
    }
    const details = await tx.submissions.byId(id);
    assert(details !== undefined, "submissions are never deleted");
    return details;
  });
}
