import { packageVersion } from "@medforge/scoring";

import { holdoutFolder } from "../competitions/folders.ts";
import { scoringState } from "../competitions/scoring-state.ts";
import type { Deps } from "../deps.ts";
import { INTERNAL_ERROR } from "../loops/score-ending.ts";
import { SIGN_MS_MAX } from "../loops/sign-of-life.ts";
import { holdoutSha256Of } from "../scorer/hidden.ts";
import { type Asked, ask, type Finding } from "./finding.ts";

export interface ScoringFacts {
  readonly queued: number;
  readonly oldestMs: number;
  /** Null: no worker was ever seen. */
  readonly workerSeenAgoMs: number | null;
  /** Runs that only a scorer of another version computes. */
  readonly waitingForOthers: number;
  /** Submissions of the last day that came to nothing through no fault of their user's. */
  readonly failedToday: number;
  /** Competitions whose holdout is not the one that was imported. */
  readonly changedHoldouts: readonly string[];
}

const DAY_MS = 86_400_000;
const OLDEST_MS_MAX = 15 * 60_000;
const COMPETITIONS_MAX = 200;

export function scoringFindings(facts: Asked<ScoringFacts>): Finding[] {
  const about = { name: "scoring", version: "" };
  if (!("value" in facts)) {
    const says = `cannot be looked at: ${facts.problem}`;
    const remedy = facts.remedy ?? "Look at the database and at the folder of the holdouts.";
    return [{ ...about, code: "MF-SCORE-1", level: "bad", says, remedy }];
  }
  const { queued, oldestMs, workerSeenAgoMs, waitingForOthers, failedToday, changedHoldouts } = facts.value;
  const findings: Finding[] = [];
  const add = (number: number, level: Finding["level"], says: string, remedy: string) =>
    findings.push({ ...about, code: `MF-SCORE-${number}`, level, says, remedy });
  if (workerSeenAgoMs === null || workerSeenAgoMs > SIGN_MS_MAX) {
    const last =
      workerSeenAgoMs === null ? "was never seen" : `was last seen ${minutes(workerSeenAgoMs)} ago`;
    add(2, "bad", `no worker is at work: one ${last}`, "Run `./medforge up`, or start medforge-api-worker.");
  } else if (oldestMs > OLDEST_MS_MAX) {
    const says = `${queued} submissions wait, the first for ${minutes(oldestMs)}`;
    add(3, "warn", says, "Read the worker's log, or start another worker on the same database and storage.");
  }
  for (const slug of changedHoldouts) {
    const remedy = `Put the imported files back, or import the bundle anew: \`./medforge competition import <bundle>\`.`;
    add(4, "bad", `the holdout of ${slug} is not the one that was imported; nothing is scored`, remedy);
  }
  if (waitingForOthers > 0) {
    const says = `${waitingForOthers} submissions wait for a scorer other than ${packageVersion}`;
    add(5, "warn", says, "Score them with this one: `./medforge competition rescore <slug>`.");
  }
  if (failedToday > 0) {
    const says = `${failedToday} submissions of the last day failed through no fault of their users`;
    const remedy =
      "Read `score.attempt_failed` in the worker's log, then `./medforge competition rescore <slug>`.";
    add(6, "warn", says, remedy);
  }
  if (findings.length > 0) return findings;
  add(0, "ok", queued === 0 ? "nothing waits" : `${queued} submissions wait`, "");
  return findings;
}

export async function checkScoring(deps: Deps): Promise<Finding[]> {
  const facts = await ask("scoring", async (): Promise<ScoringFacts> => {
    const { queued, oldestMs, workerSeenAt } = await scoringState(deps);
    const now = deps.clock.now();
    return {
      queued,
      oldestMs,
      workerSeenAgoMs: workerSeenAt === null ? null : now - workerSeenAt,
      waitingForOthers: await deps.db.scoreRuns.waitingForOthers(packageVersion),
      failedToday: await deps.db.scoreRuns.countFailed(INTERNAL_ERROR.code, now - DAY_MS),
      changedHoldouts: await changedHoldouts(deps),
    };
  });
  return scoringFindings(facts);
}

async function changedHoldouts(deps: Deps): Promise<string[]> {
  const changed: string[] = [];
  for (const { slug, targetIdentityId, retiredAt } of await deps.db.competitions.page(
    undefined,
    undefined,
    COMPETITIONS_MAX,
  )) {
    if (retiredAt !== null) continue;
    const identity = await deps.db.scoreIdentities.byId(targetIdentityId);
    if (identity === undefined) continue;
    const folder = holdoutFolder(deps.config.folders, slug, identity.holdoutSha256);
    const sha256 = await holdoutSha256Of(folder).catch(() => "unreadable");
    if (sha256 !== identity.holdoutSha256) changed.push(slug);
  }
  return changed;
}

function minutes(ms: number): string {
  const s = Math.round(ms / 1000);
  return s < 120 ? `${s} s` : `${Math.round(s / 60)} minutes`;
}
