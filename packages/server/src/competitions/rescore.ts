import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import type { Competition } from "@medforge/db/queries/competitions";
import { packageVersion, parseManifest } from "@medforge/scoring";

import type { Deps } from "../deps.ts";
import { scoreAgain } from "../modules/submissions/score-again.ts";
import { identityFor, type Rules } from "./identity.ts";
import { queueMissingRuns } from "./missing-runs.ts";

type Needs = Pick<Deps, "db" | "clock" | "randomBytes">;

export interface Rescore {
  /** Submissions that wait to be scored because of this. */
  readonly queued: number;
  /** Whether they are scored with other versions than the board shows: it switches when all are. */
  readonly newVersions: boolean;
}

/** Failures that another attempt may mend; all others would come to the same. */
const WORTH_ANOTHER = ["internal_error", "time_limit", "memory_limit"];

/**
 * Afterwards every submission that counts has a score of this scorer and these metrics, or waits for it. What is scored
 * with them already stays: the same bytes give the same score. Twice changes nothing.
 * @throws MedforgeError `not_found`
 */
export async function rescore(deps: Needs, slug: string): Promise<Rescore> {
  const before = await competitionOf(deps.db, slug);
  const rules = await rulesOf(deps.db, before);
  const identity = await deps.db.transaction((tx) => identityFor(deps, tx, rules));
  // Nearly all of them before anybody has to wait for the competition's row. The board's switch looks at the target, so
  // it cannot come before the last one is queued.
  let queued = await queueMissingRuns(deps, deps.db, before.id, identity.id);
  return deps.db.transaction(async (tx) => {
    const at = deps.clock.now();
    const there = await tx.competitions.lock(slug);
    assert(there !== undefined, "competitions are never deleted");
    if (there.targetIdentityId !== before.targetIdentityId) {
      throw new MedforgeError(
        "state_conflict",
        "The competition was changed meanwhile, and is being scored again because of that.",
      );
    }
    const newVersions = there.targetIdentityId !== identity.id;
    if (newVersions) {
      await tx.competitions.update(there.id, { targetIdentityId: identity.id, updatedAt: at });
    }
    queued += await queueMissingRuns(deps, tx, there.id, identity.id);
    queued += await tx.scoreRuns.queueFailedAgain(identity.id, WORTH_ANOTHER, at);
    await tx.competitions.showTargetWhenComplete(there.id, at);
    return { queued, newVersions };
  });
}

/**
 * The same for the named submissions alone, under the rules that new ones are scored for.
 * @throws MedforgeError `not_found`, and `state_conflict` when these rules are of another version of the scorer
 */
export async function rescoreNamed(
  deps: Deps,
  slug: string,
  submissionIds: readonly string[],
): Promise<Rescore> {
  const competition = await competitionOf(deps.db, slug);
  const target = await deps.db.scoreIdentities.byId(competition.targetIdentityId);
  if (target?.scorerVersion !== packageVersion) {
    throw new MedforgeError(
      "state_conflict",
      `The board is of scorer ${target?.scorerVersion}, this is ${packageVersion}: score all submissions again.`,
    );
  }
  let queued = 0;
  for (const id of submissionIds) {
    const details = await deps.db.submissions.byId(id);
    if (details?.submission.competitionId !== competition.id) {
      throw new MedforgeError("not_found", `${slug} has no submission ${id}.`);
    }
    await scoreAgain(deps, id);
    const runs = await deps.db.scoreRuns.ofSubmission(id);
    const run = runs.find(({ identityId }) => identityId === competition.targetIdentityId);
    if (run?.state === "queued" || run?.state === "scoring") queued++;
  }
  return { queued, newVersions: false };
}

async function competitionOf(db: Tables, slug: string): Promise<Competition> {
  const competition = await db.competitions.bySlug(slug);
  if (competition === undefined) throw new MedforgeError("not_found", `There is no competition ${slug}.`);
  return competition;
}

async function rulesOf(db: Tables, competition: Competition): Promise<Rules> {
  const target = await db.scoreIdentities.byId(competition.targetIdentityId);
  assert(target !== undefined, "a competition's target is an identity");
  const read = parseManifest(target.manifest);
  if (!read.ok) {
    throw new MedforgeError(
      "state_conflict",
      `This scorer cannot compute what the manifest asks for: ${read.faults[0]?.message} Import a new bundle.`,
    );
  }
  const { holdoutSha256, publicSha256, manifest: text } = target;
  return { text, manifest: read.value, holdoutSha256, publicSha256 };
}
