import { type FieldError, MedforgeError } from "@medforge/core/errors";
import { within } from "@medforge/runtime/deadline";
import type { Fault, Precheck } from "@medforge/scoring";
import { placeText } from "@medforge/scoring/errors";

import type { Deps } from "../../deps.ts";
import { ScorerFault } from "../../scorer/fault.ts";
import type { PrecheckJob } from "../../scorer/messages.ts";

/** Waiting for one's turn included; what one file may take is the scorer's own limit. */
export const CHECK_MS_MAX = 30 * 60_000;
/** What is quoted of a file is its sender's own text, and may be long. */
const TEXT_MAX = 200;

/**
 * Everything that can be found wrong without the reference, found in a process of its own.
 * @throws MedforgeError `submission_invalid` with the first hundred faults, `runtime_unavailable`
 */
export async function checkSubmission(deps: Deps, job: PrecheckJob, gone: AbortSignal): Promise<void> {
  const checked = await within(deps.clock, CHECK_MS_MAX, "checking a submission", (late) =>
    precheck(deps, job, AbortSignal.any([gone, late])),
  );
  if (checked.ok) return;
  const first = checked.faults[0];
  const what = first === undefined ? "The file" : `${messageOf(first)} The file`;
  throw new MedforgeError(
    "submission_invalid",
    `${what} has ${checked.faultsTotal === 1 ? "one fault" : `${checked.faultsTotal} faults`}. It was not kept and does not count against the daily cap.`,
    { fields: checked.faults.map(fieldError), fieldsTotal: checked.faultsTotal },
  );
}

async function precheck(deps: Deps, job: PrecheckJob, signal: AbortSignal): Promise<Precheck> {
  try {
    return await deps.scorer.precheck(job, signal);
  } catch (error) {
    if (!signal.aborted && !(error instanceof ScorerFault)) throw error;
    if (error instanceof ScorerFault && (error.code === "time_limit" || error.code === "memory_limit")) {
      const what = error.code === "time_limit" ? "time" : "memory";
      throw new MedforgeError(
        "submission_invalid",
        `Checking the file takes more ${what} than is allowed. It was not kept and does not count against the daily cap.`,
        {
          fields: [{ path: "file", code: error.code, message: `Takes too much ${what} to check.` }],
          cause: error,
        },
      );
    }
    throw new MedforgeError(
      "runtime_unavailable",
      "The file could not be checked now. Nothing was kept and nothing counted; send it again.",
      { retryAfterS: 30, cause: error },
    );
  }
}

function fieldError(fault: Fault): FieldError {
  const { row, column, file } = fault.where;
  return {
    path: "file",
    message: messageOf(fault),
    code: fault.code,
    ...(row === undefined ? {} : { row }),
    ...(column === undefined ? {} : { column: short(column) }),
    ...(file === undefined ? {} : { entry: short(file) }),
  };
}

/** `row 3, column "label": A value is missing.` */
export function messageOf(fault: Fault): string {
  return `${short(placeText(fault.where))}${short(fault.message)}`;
}

function short(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1).toWellFormed()}…`;
}
