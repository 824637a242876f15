import { systemClock, within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

/** What doctor says about one thing. */
export interface Finding {
  /** `MF-<AREA>-<number>`; the same trouble always has the same code. An area that is well has number 0. */
  readonly code: string;
  readonly name: string;
  readonly version: string;
  /** Anything `bad` makes doctor fail; `warn` is worth a look. */
  readonly level: "ok" | "warn" | "bad";
  readonly says: string;
  /** What to do, starting with a verb; "" when all is well. */
  readonly remedy: string;
}

/** What came back from asking the machine: a value, or why there is none. */
export type Asked<T> =
  | { readonly value: T }
  | { readonly problem: string; readonly remedy: string | undefined };

const ASK_MS = 10_000;

/** Nothing that is asked may hang or break the others. */
export async function ask<T>(what: string, work: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await within(systemClock, ASK_MS, what, work) };
  } catch (error) {
    const problem = error instanceof Error ? firstLine(innermost(error)) : String(error);
    return { problem, remedy: error instanceof MachineError ? error.remedy : undefined };
  }
}

/** A database error names the query; its cause names the trouble. */
function innermost(error: Error): string {
  let at = error;
  while (at.cause instanceof Error && !(at instanceof MachineError)) at = at.cause;
  return at.message || ("code" in at ? String(at.code) : at.name);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
