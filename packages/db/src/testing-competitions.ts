import type { Direction } from "@medforge/core/leaderboard";

import type { Tables } from "./database.ts";
import type { Submission } from "./queries/submissions.ts";
import { NOW, newId, userRow } from "./testing-rows.ts";

export { newId };

/** Rows of competitions for tests of what reads and writes them: no bundle, no upload. */

export interface IdentityWish {
  readonly slug: string;
  readonly manifest?: string;
  readonly holdoutSha256?: string;
  readonly scorerVersion?: string;
  readonly metricVersions?: string;
  readonly direction?: Direction;
}

export async function addIdentity(db: Tables, wish: IdentityWish): Promise<string> {
  const id = newId();
  await db.scoreIdentities.add({
    id,
    competitionSlug: wish.slug,
    manifest: wish.manifest ?? "{}",
    manifestSha256: crypto.randomUUID().replaceAll("-", "").padEnd(64, "0"),
    holdoutSha256: wish.holdoutSha256 ?? "0".repeat(64),
    publicSha256: "0".repeat(64),
    scorerVersion: wish.scorerVersion ?? "test",
    metricVersions: wish.metricVersions ?? "accuracy=accuracy-v1",
    direction: wish.direction ?? "higher-is-better",
    createdAt: NOW,
  });
  return id;
}

export interface TestCompetition {
  readonly id: string;
  readonly slug: string;
  readonly identityId: string;
}

export async function addCompetition(
  db: Tables,
  wish: Partial<IdentityWish> & { readonly exposure?: "EXTERNAL" | "INTERNAL" } = {},
): Promise<TestCompetition> {
  const id = newId();
  const slug = wish.slug ?? `c-${id.slice(-12)}`;
  const identityId = await addIdentity(db, { ...wish, slug });
  await db.competitions.add({
    id,
    slug,
    title: slug,
    exposure: wish.exposure ?? "EXTERNAL",
    datasetSlug: null,
    manifest: wish.manifest ?? "{}",
    targetIdentityId: identityId,
    boardIdentityId: identityId,
    createdAt: NOW,
    updatedAt: NOW,
    retiredAt: null,
  });
  return { id, slug, identityId };
}

export async function addUser(db: Tables, displayName = "Somebody"): Promise<string> {
  const user = userRow({ displayName });
  await db.users.add(user);
  return user.id;
}

export interface SubmissionWish {
  readonly userId: string;
  readonly at?: number;
  readonly id?: string;
  readonly fileSha256?: string;
}

/** With a queued run for the competition's first identity, and one of its day's cap used. */
export async function addSubmission(
  db: Tables,
  competition: TestCompetition,
  wish: SubmissionWish,
): Promise<{ submission: Submission; runId: string }> {
  const at = wish.at ?? NOW;
  const submission: Submission = {
    id: wish.id ?? newId(at),
    competitionId: competition.id,
    userId: wish.userId,
    fileName: "mine.csv",
    fileBytes: 1,
    fileSha256: wish.fileSha256 ?? "0".repeat(64),
    createdAt: at,
    withdrawnAt: null,
  };
  const day = {
    competitionId: competition.id,
    userId: wish.userId,
    day: new Date(at).toISOString().slice(0, 10),
  };
  // Made backwards: an order by id is never by accident the right one.
  const runId = newId(2 * NOW - at);
  await db.submissions.add(submission);
  await db.submissionDays.lock(day);
  await db.submissionDays.use(day);
  await db.scoreRuns.queue({
    id: runId,
    submissionId: submission.id,
    identityId: competition.identityId,
    queuedAt: at,
  });
  return { submission, runId };
}
