import type { Viewer } from "@medforge/core/access";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import { databaseFault } from "@medforge/db/faults";
import type { Competition } from "@medforge/db/queries/competitions";
import type { SubmissionDetails } from "@medforge/db/queries/submissions";
import { type Manifest, packageVersion } from "@medforge/scoring";

import { evaluationFolder } from "../../competitions/folders.ts";
import { type Deps, newId } from "../../deps.ts";
import { instantText } from "../../http/envelope.ts";
import { countHit } from "../../http/rate-limit.ts";
import { type ReceivedFile, receiveFile } from "../../http/receive-file.ts";
import { checkSubmission } from "./check.ts";
import { nextUtcDay, utcDay } from "./day.ts";
import { discard, keep, receivingFile, settle } from "./files.ts";
import { manifestOf } from "./manifest.ts";

/** Beside the daily cap, which counts only what was worth scoring: any upload costs bandwidth and a check. */
const UPLOADS = { what: "upload", hitsMax: 60, windowMs: 3_600_000 };

export interface Receipt {
  readonly details: SubmissionDetails;
  /** Whether it is an earlier submission of the same bytes. */
  readonly known: boolean;
  readonly cap: number;
  readonly used: number;
  readonly resetsAt: number;
}

interface Upload {
  readonly id: string;
  readonly userId: string;
  readonly competition: Competition;
  readonly manifest: Manifest;
  readonly file: ReceivedFile;
}

/**
 * Receives a file and writes down that it wants to be scored; the worker makes it true. Nothing is written down before
 * the bytes are durable and checked, and no bytes stay for which nothing is.
 * @throws MedforgeError with the reason of a refusal and the way out
 */
export async function submit(
  deps: Deps,
  viewer: Viewer,
  competition: Competition,
  request: Request,
): Promise<Receipt> {
  refuseRetired(competition);
  await countHit(deps, UPLOADS, viewer.userId);
  const { folders } = deps.config;
  const manifest = manifestOf(competition);
  const id = newId(deps);
  const file = await receiveFile(receivingFile(folders, id), request, bytesMax(deps, manifest), () =>
    deps.clock.now(),
  );
  const upload: Upload = { id, userId: viewer.userId, competition, manifest, file };
  let receipt: Receipt;
  try {
    receipt = (await ofSameBytes(deps, deps.db, upload)) ?? (await enter(deps, upload, request.signal));
  } catch (error) {
    // After a lost connection nobody knows whether the row was written: the sweep looks later.
    if (databaseFault(error)?.is !== "lost") await discard(folders, id);
    throw error;
  }
  await (receipt.known ? discard(folders, id) : settle(folders, id));
  return receipt;
}

async function enter(deps: Deps, upload: Upload, gone: AbortSignal): Promise<Receipt> {
  const { id, competition } = upload;
  const { folders } = deps.config;
  const target = await deps.db.scoreIdentities.byId(competition.targetIdentityId);
  assert(target !== undefined, "a competition's target is an identity");
  const publicDir = evaluationFolder(folders, competition.slug, target.publicSha256);
  const job = { manifest: target.manifest, publicDir, file: receivingFile(folders, id) };
  await checkSubmission(deps, job, gone);
  await keep(folders, id);
  return deps.db.transaction((tx) => queue(deps, tx, upload));
}

/** In one transaction: the cap of the day, the submission and its runs, or nothing. */
async function queue(deps: Deps, tx: Tables, upload: Upload): Promise<Receipt> {
  const { id, userId, manifest, file } = upload;
  const now = deps.clock.now();
  const competition = await tx.competitions.share(upload.competition.id);
  assert(competition !== undefined, "competitions are never deleted");
  refuseRetired(competition);
  if (competition.targetIdentityId !== upload.competition.targetIdentityId) {
    throw new MedforgeError(
      "state_conflict",
      "The competition was changed while your file was checked. Nothing counted; send it again.",
    );
  }
  const of = { competitionId: competition.id, userId, day: utcDay(now) };
  const used = await tx.submissionDays.lock(of);
  const same = await ofSameBytes(deps, tx, upload);
  if (same !== undefined) return same;
  const cap = manifest.submissionsPerDayMax;
  const resetsAt = nextUtcDay(now);
  if (used >= cap) throw capReached(cap, now);
  await tx.submissionDays.use(of);
  await tx.submissions.add({
    id,
    competitionId: competition.id,
    userId,
    fileName: file.name,
    fileBytes: file.bytes,
    fileSha256: file.sha256,
    createdAt: now,
    withdrawnAt: null,
  });
  for (const identityId of await identitiesOf(tx, competition)) {
    await tx.scoreRuns.queue({ id: newId(deps), submissionId: id, identityId, queuedAt: now });
  }
  const details = await tx.submissions.byId(id);
  assert(details !== undefined, "a submission that was just inserted is there");
  return { details, known: false, cap, used: used + 1, resetsAt };
}

/** The target, and while a re-score is under way the board that people still look at, if it can be scored for. */
async function identitiesOf(tx: Tables, competition: Competition): Promise<string[]> {
  const { targetIdentityId: target, boardIdentityId: board } = competition;
  if (target === board) return [target];
  const shown = await tx.scoreIdentities.byId(board);
  return shown?.scorerVersion === packageVersion ? [target, board] : [target];
}

async function ofSameBytes(
  deps: Deps,
  tables: Tables,
  { competition, manifest, userId, file }: Upload,
): Promise<Receipt | undefined> {
  const details = await tables.submissions.ofSameBytes(competition.id, userId, file.sha256);
  if (details === undefined) return undefined;
  const now = deps.clock.now();
  const used = await tables.submissionDays.used({ competitionId: competition.id, userId, day: utcDay(now) });
  return { details, known: true, cap: manifest.submissionsPerDayMax, used, resetsAt: nextUtcDay(now) };
}

/** Of a file that is submitted. */
export function bytesMax({ config }: Pick<Deps, "config">, manifest: Manifest): number {
  const { csvBytesMax, zipBytesMax } = config.upload;
  const ours = manifest.task === "segmentation-nifti" ? zipBytesMax : csvBytesMax;
  return Math.min(ours, manifest.limits.bytesMax);
}

function refuseRetired(competition: Competition): void {
  if (competition.retiredAt === null) return;
  throw new MedforgeError("state_conflict", "This competition has ended and takes no more submissions.");
}

function capReached(cap: number, now: number): MedforgeError {
  const resetsAt = nextUtcDay(now);
  const all = cap === 1 ? "the one submission" : `all ${cap} submissions`;
  return new MedforgeError(
    "daily_cap_reached",
    `You have used ${all} of this day. The next one begins at ${instantText(resetsAt)}.`,
    { retryAfterS: (resetsAt - now) / 1000 },
  );
}
