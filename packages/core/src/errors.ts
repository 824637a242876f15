/**
 * What a person can act on. Every code is in the contract; `server/http/problems.ts` gives each its status.
 * The other kind of wrong, our own reasoning being broken, is `assert`.
 */
export type ErrorCode =
  | "malformed_request"
  | "not_authenticated"
  | "forbidden"
  | "origin_not_allowed"
  | "internal_access_required"
  | "not_found"
  | "no_gpu_available"
  | "session_limit_reached"
  | "workspace_in_use"
  | "email_taken"
  | "pack_deprecated"
  | "allocation_conflict"
  | "state_conflict"
  | "upload_too_large"
  | "unsupported_media_type"
  | "invalid_request"
  | "pack_exposure_mismatch"
  | "invalid_ssh_key"
  | "submission_invalid"
  | "rate_limited"
  | "daily_cap_reached"
  | "storage_full"
  | "runtime_unavailable"
  | "database_unavailable";

export interface FieldError {
  /** JSON path of the field, as the caller wrote it: `public_key`, `limits.cpu`. */
  readonly path: string;
  readonly message: string;
  /** Which rule it breaks, where the rules have names. */
  readonly code?: string;
  /** 1-based; the header of a table is row 1. */
  readonly row?: number;
  readonly column?: string;
  /** An entry of an archive, as the caller named it. */
  readonly entry?: string;
}

export interface ErrorExtras {
  readonly fields?: readonly FieldError[];
  /** How many were found, where `fields` are only the first of them. */
  readonly fieldsTotal?: number;
  /** When it makes sense to try again. */
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

export class MedforgeError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  readonly fieldsTotal: number;
  readonly retryAfterS: number | undefined;

  /** @param detail what went wrong and what to do about it, in a sentence or two for a person */
  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "MedforgeError";
    this.code = code;
    this.fields = extras.fields ?? [];
    this.fieldsTotal = extras.fieldsTotal ?? this.fields.length;
    this.retryAfterS = extras.retryAfterS;
  }
}
