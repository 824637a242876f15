import { type Fault, type FaultCode, fault, faultsError, type Where } from "./errors.ts";

/** Collects faults without ever growing beyond `max`: a file of a million bad rows still makes a short report. */
export class FaultList {
  readonly max: number;
  readonly #kept: Fault[] = [];
  #total = 0;

  constructor(max = 100) {
    this.max = max;
  }

  add(code: FaultCode, where: Where = {}, message?: string): void {
    this.#total++;
    if (this.#kept.length < this.max) this.#kept.push(fault(code, where, message));
  }

  /** The faults of another list, of which some may have been counted only. */
  addAll(faults: readonly Fault[], total = faults.length): void {
    for (const one of faults) this.add(one.code, one.where, one.message);
    this.#total += total - faults.length;
  }

  /** Throws them all together, if there are any. */
  throwIfAny(): void {
    if (this.#total > 0) throw faultsError(this.#kept, this.#total);
  }

  /** The first `max` of them, in the order they were found. */
  get kept(): readonly Fault[] {
    return this.#kept;
  }

  /** Whether any more are only counted. */
  get isFull(): boolean {
    return this.#kept.length >= this.max;
  }

  get total(): number {
    return this.#total;
  }
}
