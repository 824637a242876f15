import type { Tables } from "@medforge/db/database";

import { type Deps, newId } from "../deps.ts";

const AT_ONCE = 1_000;

/**
 * Afterwards every submission that counts has a run for this identity, or waits for one. What was asked for before stays
 * as it is, so whoever dies in the middle just begins anew. Complete only inside a transaction that has locked the
 * competition: until then others may be added.
 * @returns how many runs are new
 */
export async function queueMissingRuns(
  deps: Pick<Deps, "clock" | "randomBytes">,
  tx: Pick<Tables, "scoreRuns">,
  competitionId: string,
  identityId: string,
): Promise<number> {
  let queued = 0;
  for (let after = ""; ; ) {
    const ids = await tx.scoreRuns.submissionsWithout(competitionId, identityId, after, AT_ONCE);
    const queuedAt = deps.clock.now();
    queued += await tx.scoreRuns.queueAll(
      ids.map((submissionId) => ({ id: newId(deps), submissionId, identityId, queuedAt })),
    );
    after = ids.at(-1) ?? "";
    if (ids.length < AT_ONCE) return queued;
  }
}
