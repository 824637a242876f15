import { type FieldError, MedforgeError } from "@medforge/core/errors";
import { databaseFault } from "@medforge/db/faults";
import { MachineError } from "@medforge/runtime/errors";
import { ParseError, ValidationError } from "elysia";

/**
 * What a thrown thing means to the caller. Undefined: our own reasoning broke, or the caller could not act on it.
 * Messages of the machine and the database stay in the log: they name paths of the host and pieces of SQL.
 */
export function meaningOf(error: unknown): MedforgeError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof MedforgeError) return at;
    if (at instanceof ValidationError) return invalid(at);
    if (at instanceof MachineError) return machine(at);
  }
  const fault = databaseFault(error);
  if (fault?.is === "lost") {
    return new MedforgeError(
      "database_unavailable",
      "The database does not answer. Nothing may have been changed; look before you try again.",
      { cause: error },
    );
  }
  if (fault?.is === "contention") {
    return new MedforgeError("database_unavailable", "The database is too busy. Try again in a moment.", {
      retryAfterS: 1,
      cause: error,
    });
  }
  if (error instanceof ParseError) return new MedforgeError("malformed_request", "The body is not JSON.");
  return undefined;
}

function invalid(error: ValidationError): MedforgeError | undefined {
  // What we were about to answer did not fit our own schema: that is nothing the caller can act on.
  if (error.type === "response") return undefined;
  // An id that cannot be one names nothing.
  if (error.type === "params") return new MedforgeError("not_found", "There is nothing of that name here.");
  const fields = fieldErrors(error);
  const first = fields[0];
  const what = first === undefined ? "The request" : `"${first.path}": ${first.message}. The request`;
  return new MedforgeError("invalid_request", `${what} does not fit; /docs shows what is expected.`, {
    fields,
  });
}

const FIELDS_MAX = 20;

function fieldErrors(error: ValidationError): FieldError[] {
  const fields = new Map<string, FieldError>();
  for (const fault of error.all) {
    if (!("path" in fault) || fields.size >= FIELDS_MAX) continue;
    const path = String(fault.path).replace(/^\//, "").replaceAll("/", ".").slice(0, 100);
    // One message a field: the validator lists every branch of a choice.
    if (!fields.has(path)) fields.set(path, { path, message: fault.message ?? "does not fit" });
  }
  return [...fields.values()];
}

function machine(error: MachineError): MedforgeError {
  const with_ = { cause: error };
  switch (error.fault) {
    case "full":
      return new MedforgeError(
        "storage_full",
        "The storage is full. Nothing was kept; tell an admin.",
        with_,
      );
    case "in-use":
      return new MedforgeError(
        "workspace_in_use",
        "The files are in use. Stop what uses them, then try again.",
        with_,
      );
    case "missing":
      return new MedforgeError("not_found", "What was asked for is not on the machine any more.", with_);
    case "unreachable":
    case "deadline":
    case "refused":
    case "broken":
      return new MedforgeError(
        "runtime_unavailable",
        "The machine that runs sessions does not answer as it should. Try again in a moment; if it stays so, tell an admin.",
        with_,
      );
  }
}
