/**
 * What can be wrong with the machine. Typed, each with a remedy that a person can follow; a call never hangs.
 * `unreachable` and `deadline` say nothing about what is true: wait and look again.
 */
export type MachineFault =
  /** The engine, pool or tool does not answer at all. */
  | "unreachable"
  /** It did not answer in time; whether it did the work is unknown. */
  | "deadline"
  /** It answered that it will not: a missing image, a busy port, a wrong argument. */
  | "refused"
  /** The thing asked for is not there. */
  | "missing"
  /** Someone uses it: a restore under a live mount, a destroy of a dataset in use. */
  | "in-use"
  /** No space or quota left. */
  | "full"
  /** A tool or driver is not installed or does not work. */
  | "broken";

export class MachineError extends Error {
  readonly fault: MachineFault;
  /** What to do about it, starting with a verb: "Start Docker: `systemctl start docker`." */
  readonly remedy: string;

  constructor(fault: MachineFault, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "MachineError";
    this.fault = fault;
    this.remedy = remedy;
  }
}
