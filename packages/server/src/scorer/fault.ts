import type { Changed } from "./messages.ts";

/**
 * Why there is no answer although nothing may be wrong with the submission.
 * `time_limit`, `memory_limit`: it was too much. `crashed`: the process ended or could not do it; worth another try.
 */
export type ScorerFaultCode = "time_limit" | "memory_limit" | "crashed" | Changed;

export class ScorerFault extends Error {
  readonly code: ScorerFaultCode;

  /** @param message for the log only: it may name paths */
  constructor(code: ScorerFaultCode, message: string) {
    super(message);
    this.name = "ScorerFault";
    this.code = code;
  }
}
