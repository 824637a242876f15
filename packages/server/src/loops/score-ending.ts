import {
  type Fault,
  type FaultCode,
  faultCodes,
  type ScoreReport,
  ScoringError,
  type Where,
} from "@medforge/scoring";
import { placeText } from "@medforge/scoring/errors";

import { ScorerFault } from "../scorer/fault.ts";

/** How a run ends. Pure: what the scorer said, turned into what may be told. */
export type Ending =
  | { readonly is: "scored"; readonly report: ScoreReport }
  /** The submission's fault: told to its owner, and final. */
  | { readonly is: "failed"; readonly code: string; readonly detail: string }
  /** Ours: tried again, and `internal_error` in the end. `why` is for the log alone. */
  | { readonly is: "ours"; readonly why: string };

/** Public texts of what is no fault of a file's form. */
const LIMITS = {
  time_limit: "Scoring took longer than is allowed for one submission.",
  memory_limit: "Scoring took more memory than is allowed for one submission.",
} as const;

export const INTERNAL_ERROR = {
  code: "internal_error",
  detail: "Scoring failed for a reason that is not yours. It did not count against your daily cap.",
} as const;

/** Faults that nobody who submits can cause: the holdout, the manifest or this program is wrong. */
const OURS = new Set<FaultCode>([
  "holdout_invalid",
  "holdout_changed",
  "worker_failed",
  "cancelled",
  "bad_argument",
  "empty_input",
  "length_mismatch",
  "manifest_not_json",
  "manifest_missing_key",
  "manifest_unknown_key",
  "manifest_bad_value",
  "manifest_conflict",
]);

/** @param error what `Scorer.score` threw */
export function endingOf(error: unknown): Ending {
  if (error instanceof ScorerFault) {
    if (error.code === "time_limit" || error.code === "memory_limit") {
      return { is: "failed", code: error.code, detail: LIMITS[error.code] };
    }
    return { is: "ours", why: `${error.code}: ${error.message}` };
  }
  if (!(error instanceof ScoringError)) throw error;
  if (OURS.has(error.code)) return { is: "ours", why: `${error.code}: ${error.message}` };
  const more = error.faultsTotal > 1 ? ` And ${error.faultsTotal - 1} more.` : "";
  return { is: "failed", code: error.code, detail: `${publicText(error.faults[0])}${more}` };
}

/** From the closed list, with the place in the submitter's own file. A message may quote what it was compared with. */
function publicText(fault: Fault | undefined): string {
  if (fault === undefined) return INTERNAL_ERROR.detail;
  const { file, row, column } = fault.where;
  const where: Where = {
    ...(file !== undefined && { file }),
    ...(row !== undefined && { row }),
    ...(column !== undefined && { column }),
  };
  return `${placeText(where)}${faultCodes[fault.code]}`;
}
