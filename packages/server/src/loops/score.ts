import type { ScoreIdentity } from "@medforge/db/queries/score-identities";
import type { ClaimedRun } from "@medforge/db/queries/score-runs";
import { packageVersion } from "@medforge/scoring";

import { holdoutFolder, submissionFile } from "../competitions/folders.ts";
import { metricVersionsText } from "../competitions/identity.ts";
import { type Deps, newId } from "../deps.ts";
import { type Ending, endingOf, INTERNAL_ERROR } from "./score-ending.ts";
import { createScoreWriter } from "./score-group.ts";
import { resultOf, writeFailed } from "./score-writing.ts";

/**
 * Claims runs and makes them true; any number of workers may do so on one database and one storage folder. The scoring
 * process measures one after the other, and has the next small ones at hand before it asks for them. Whoever dies in the
 * middle has written nothing: the lease runs out, and another claims the run.
 */

export interface ScoreRhythm {
  /** How long a claim holds without a sign of life. */
  readonly leaseMs: number;
  /** How soon new runs are noticed when there were none. */
  readonly idleMs: number;
  /** Small submissions are claimed together, as many as take about this long; others wait for no one who could take them. */
  readonly claimMs: number;
  /** After the first and the second attempt that came to nothing. */
  readonly putOffMs: readonly [number, number];
}

const RHYTHM: ScoreRhythm = { leaseMs: 30_000, idleMs: 200, claimMs: 250, putOffMs: [2_000, 30_000] };
export const ATTEMPTS_MAX = 3;
const CLAIMED_AT_ONCE_MAX = 64;
/** Of those, what the scoring process is given before it is done with the last: longer than a claim takes it is at work. */
const AT_HAND_MAX = 32;
/** Ends that are on their way while the next submissions are measured. */
const ENDING_MAX = 256;
const AFTER_FAILURE_MS = 1_000;

export async function runScoring(deps: Deps, signal: AbortSignal, rhythm = RHYTHM): Promise<void> {
  const work: Work = {
    deps,
    signal,
    rhythm,
    identities: new Map(),
    writer: createScoreWriter(deps),
    pace: createPace(rhythm.claimMs),
    measuring: new Set(),
    ending: new Set(),
  };
  while (!signal.aborted) {
    try {
      const claim = newId(deps);
      const runsMax = work.pace.inTime(CLAIMED_AT_ONCE_MAX);
      const wish = { claim, runsMax, leaseMs: rhythm.leaseMs, scorerVersion: packageVersion };
      const runs = await deps.db.transaction((tx) => tx.scoreRuns.claim(wish));
      if (runs.length === 0) await deps.clock.sleep(rhythm.idleMs, signal);
      else await scoreClaimed(work, claim, runs);
    } catch (error) {
      deps.log.error("score.waits", { loop: "score" }, error);
      await deps.clock.sleep(AFTER_FAILURE_MS, signal);
    }
  }
  await Promise.all(work.ending);
}

interface Work {
  readonly deps: Deps;
  readonly signal: AbortSignal;
  readonly rhythm: ScoreRhythm;
  readonly identities: Map<string, ScoreIdentity>;
  readonly writer: ReturnType<typeof createScoreWriter>;
  readonly pace: ReturnType<typeof createPace>;
  /** Given to the scoring process, of earlier claims too. */
  readonly measuring: Set<Promise<unknown>>;
  /** The same, and those whose ends are being written. */
  readonly ending: Set<Promise<unknown>>;
}

/** How long one submission takes the scoring process, as the last one did. */
function createPace(claimMs: number) {
  let eachMs = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  return {
    async of<T>(work: Promise<T>): Promise<T> {
      const askedMs = performance.now();
      const done = await work;
      const nowMs = performance.now();
      // It may have waited for the one before it.
      eachMs = nowMs - Math.max(askedMs, lastMs);
      lastMs = nowMs;
      return done;
    },
    /** At least one, and no more than take about as long as a claim may. */
    inTime: (max: number) => Math.min(max, Math.max(1, Math.floor(claimMs / eachMs))),
  };
}

/** Resolves when there is room for more; the lease lasts until the ends are written. */
async function scoreClaimed(work: Work, claim: string, runs: readonly ClaimedRun[]): Promise<void> {
  const { deps, rhythm, measuring, ending } = work;
  const alive = setInterval(() => {
    deps.db.scoreRuns
      .extendLease(claim, rhythm.leaseMs)
      .catch((error: unknown) => deps.log.error("score.lease_not_extended", { loop: "score" }, error));
  }, rhythm.leaseMs / 3);
  const own: Promise<void>[] = [];
  try {
    for (const run of runs) {
      const identity = await identityOf(work, run);
      // Whatever it was that did not succeed before, nothing else shall be at hand when it happens again.
      const alone = run.attempts > 1;
      if (alone) await atMost(0, measuring);
      const end = held(measuring, work.pace.of(measured(work, run, identity)));
      const written = end.then((it) => {
        const writes = writeEnd(work, claim, run, identity, it);
        if (measuring.size === 0) work.writer.flush();
        return writes;
      });
      // One that cannot be written is claimed again when its lease has run out.
      own.push(
        held(
          ending,
          written.catch((error: unknown) => deps.log.error("score.not_written", factsOf(run), error)),
        ),
      );
      await atMost(alone ? 0 : work.pace.inTime(AT_HAND_MAX) - 1, measuring);
      await atMost(ENDING_MAX, ending);
    }
  } finally {
    void Promise.all(own).then(() => clearInterval(alive));
  }
}

/** In the set until it is over. */
function held<T>(by: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  const own = work.finally(() => by.delete(own));
  by.add(own);
  return own;
}

async function atMost(count: number, of: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (of.size > count) await Promise.race(of);
}

/** @returns undefined when the worker is told to stop: another one shall have it */
async function measured(work: Work, run: ClaimedRun, identity: ScoreIdentity): Promise<Ending | undefined> {
  const { deps, signal } = work;
  if (signal.aborted) return undefined;
  // Claimed once too often: what was tried before brought the worker itself down.
  if (run.attempts > ATTEMPTS_MAX) return { is: "ours", why: "every attempt ended without an answer" };
  const { folders } = deps.config;
  const job = {
    manifest: identity.manifest,
    holdoutDir: holdoutFolder(folders, identity.competitionSlug, identity.holdoutSha256),
    holdoutSha256: identity.holdoutSha256,
    file: submissionFile(folders, run.submission.id),
    fileSha256: run.submission.fileSha256,
  };
  try {
    const report = await deps.scorer.score(job, signal);
    const versions = metricVersionsText(report.components);
    if (versions === identity.metricVersions) return { is: "scored", report };
    return { is: "ours", why: `computed ${versions} where the identity says ${identity.metricVersions}` };
  } catch (error) {
    if (signal.aborted) return undefined;
    return endingOf(error);
  }
}

async function writeEnd(
  work: Work,
  claim: string,
  run: ClaimedRun,
  identity: ScoreIdentity,
  ending: Ending | undefined,
): Promise<void> {
  const { deps, rhythm } = work;
  const facts = factsOf(run);
  if (ending === undefined) {
    await deps.db.scoreRuns.giveBack(run, claim);
    return;
  }
  if (ending.is === "scored") {
    if (await work.writer.write({ run, claim, identity, result: resultOf(ending.report) }))
      deps.log.info("submission.scored", facts);
    else deps.log.warn("score.claim_lost", facts);
    return;
  }
  if (ending.is === "failed") {
    if (await writeFailed(deps, run, claim, ending)) {
      deps.log.info("submission.failed", { ...facts, code: ending.code });
    }
    return;
  }
  deps.log.error("score.attempt_failed", {
    ...facts,
    competition: identity.competitionSlug,
    attempt: run.attempts,
    why: ending.why,
  });
  const pause = rhythm.putOffMs[run.attempts - 1];
  if (pause !== undefined) await deps.db.scoreRuns.putOff(run, claim, pause);
  else if (await writeFailed(deps, run, claim, INTERNAL_ERROR)) {
    deps.log.error("submission.failed", { ...facts, code: INTERNAL_ERROR.code });
  }
}

/** Identities never change, and a worker meets few of them. */
async function identityOf({ deps, identities }: Work, run: ClaimedRun): Promise<ScoreIdentity> {
  const known = identities.get(run.identityId);
  if (known !== undefined) return known;
  const identity = await deps.db.scoreIdentities.byId(run.identityId);
  if (identity === undefined) throw new Error(`run ${run.id} has an identity that is not there`);
  identities.set(identity.id, identity);
  return identity;
}

function factsOf(run: ClaimedRun) {
  const { id, userId } = run.submission;
  return { loop: "score", run_id: run.id, submission_id: id, user_id: userId };
}
