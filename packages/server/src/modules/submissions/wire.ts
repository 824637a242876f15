import type {
  AnySubmission,
  ScoreComponent,
  SubmissionDetails as Shown,
  Submission,
  SubmissionReceipt,
} from "@medforge/contracts/submissions";
import type { ShownRun, SubmissionDetails } from "@medforge/db/queries/submissions";
import type { Fault } from "@medforge/scoring";

import { unpackCases } from "../../competitions/cases.ts";
import type { Deps } from "../../deps.ts";
import { instantOrNull, instantText } from "../../http/envelope.ts";
import { messageOf } from "./check.ts";
import type { Receipt } from "./submit.ts";

/** Beyond this place nobody counts any more: a re-score of everything is in front. */
const PLACE_MAX = 10_000;

export async function submissionOnWire(deps: Deps, details: SubmissionDetails): Promise<Submission> {
  const { submission, competition, run } = details;
  return {
    id: submission.id,
    competition: competition.slug,
    file_name: submission.fileName,
    file_bytes: submission.fileBytes,
    file_sha256: submission.fileSha256,
    // A submission without a run waits for one: its scorer is not there any more, and a re-score will ask for it.
    state: run?.state ?? "queued",
    queue_position: run?.state === "queued" ? await placeOf(deps, run) : null,
    score: run?.score ?? null,
    components: componentsOf(run),
    warnings: warningsOf(run),
    error:
      run?.state === "failed"
        ? { code: run.errorCode ?? "internal_error", detail: run.errorDetail ?? "" }
        : null,
    created_at: instantText(submission.createdAt),
    scored_at: run?.state === "scored" ? instantOrNull(run.endedAt) : null,
    withdrawn_at: instantOrNull(submission.withdrawnAt),
  };
}

export function submissionsOnWire(deps: Deps, all: readonly SubmissionDetails[]): Promise<Submission[]> {
  return Promise.all(all.map((one) => submissionOnWire(deps, one)));
}

export function anySubmissionsOnWire(
  deps: Deps,
  all: readonly SubmissionDetails[],
): Promise<AnySubmission[]> {
  return Promise.all(
    all.map(async (one) => ({
      ...(await submissionOnWire(deps, one)),
      user_id: one.submission.userId,
      attempts: one.run?.attempts ?? 0,
    })),
  );
}

export async function receiptOnWire(deps: Deps, receipt: Receipt): Promise<SubmissionReceipt> {
  const { details, known, cap, used, resetsAt } = receipt;
  return {
    submission: await submissionOnWire(deps, details),
    identical_to: known ? details.submission.id : null,
    daily_cap: cap,
    remaining_today: Math.max(0, cap - used),
    resets_at: instantText(resetsAt),
  };
}

/** Values per case, as the scoring transaction wrote them. */
export async function casesOnWire(deps: Deps, run: ShownRun | null): Promise<Shown["cases"]> {
  if (run?.state !== "scored") return null;
  const packed = await deps.db.scoreRuns.casesOf(run.id);
  if (packed === null) return null;
  const { ids, values } = unpackCases(packed);
  return {
    ids: [...ids],
    values: Object.fromEntries(Object.entries(values).map(([key, perCase]) => [key, [...perCase]])),
  };
}

async function placeOf(deps: Deps, run: ShownRun): Promise<number | null> {
  const ahead = await deps.db.scoreRuns.ahead(run, PLACE_MAX);
  return ahead < PLACE_MAX ? ahead + 1 : null;
}

function componentsOf(run: ShownRun | null): ScoreComponent[] {
  return (run?.components ?? []) as ScoreComponent[];
}

function warningsOf(run: ShownRun | null): Submission["warnings"] {
  const warnings = (run?.warnings ?? []) as readonly Fault[];
  return warnings.map((warning) => ({ code: warning.code, message: messageOf(warning) }));
}
