import type { Problem } from "@medforge/contracts/problem";
import { type ErrorCode, MedforgeError } from "@medforge/core/errors";

/** The only file that knows status codes of errors. */

/** What went wrong when our own reasoning broke; nobody throws it on purpose. */
export type ProblemCode = ErrorCode | "internal_error";

const PROBLEMS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  malformed_request: [400, "The request could not be read"],
  not_authenticated: [401, "Not logged in"],
  forbidden: [403, "Not allowed"],
  origin_not_allowed: [403, "The request came from another site"],
  internal_access_required: [403, "The right to use internal sessions is needed"],
  not_found: [404, "Not found"],
  no_gpu_available: [409, "No GPU is free"],
  session_limit_reached: [409, "Session limit reached"],
  workspace_in_use: [409, "The workspace is in use"],
  email_taken: [409, "The e-mail address is taken"],
  pack_deprecated: [409, "The pack takes no new sessions"],
  allocation_conflict: [409, "Others were faster"],
  state_conflict: [409, "Not possible in the present state"],
  upload_too_large: [413, "Too large"],
  unsupported_media_type: [415, "Unsupported media type"],
  invalid_request: [422, "Invalid request"],
  pack_exposure_mismatch: [422, "The pack is for the other surface"],
  invalid_ssh_key: [422, "Invalid SSH key"],
  submission_invalid: [422, "The submission has faults"],
  rate_limited: [429, "Too many requests"],
  daily_cap_reached: [429, "No submission is left for today"],
  runtime_unavailable: [503, "The machine is not available"],
  database_unavailable: [503, "The database is not available"],
  storage_full: [507, "Storage is full"],
  internal_error: [500, "Something is broken on our side"],
};

/** How long to wait where nobody knows better. */
const RETRY_AFTER_S: Partial<Record<ProblemCode, number>> = {
  rate_limited: 60,
  runtime_unavailable: 5,
  database_unavailable: 2,
};

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0];
}

export function titleOf(code: ProblemCode): string {
  return PROBLEMS[code][1];
}

export function problemResponse(
  error: MedforgeError | "internal_error",
  at: { readonly instance: string; readonly requestId: string; readonly headers: Record<string, string> },
): Response {
  const code = error === "internal_error" ? error : error.code;
  const problem: Problem = {
    type: `/problems/${code}`,
    title: titleOf(code),
    status: statusOf(code),
    detail:
      error === "internal_error"
        ? "Try again; if it happens twice, give an admin the request_id."
        : error.message,
    instance: at.instance,
    code,
    request_id: at.requestId,
    ...(error instanceof MedforgeError && error.fields.length > 0 ? { errors: [...error.fields] } : {}),
    ...(error instanceof MedforgeError && error.fieldsTotal > error.fields.length
      ? { errors_total: error.fieldsTotal }
      : {}),
  };
  const retryAfterS = (error instanceof MedforgeError ? error.retryAfterS : undefined) ?? RETRY_AFTER_S[code];
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      ...at.headers,
      "content-type": "application/problem+json",
      ...(retryAfterS === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterS))) }),
    },
  });
}
