import { type Fault, type FaultCode, fault, type Where } from "./errors.ts";

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

  /** One more fault that somebody else has counted and not kept. */
  count(): void {
    this.#total++;
  }

  addAll(faults: readonly Fault[]): void {
    for (const one of faults) this.add(one.code, one.where, one.message);
  }

  /** The first `max` of them, in the order they were found. */
  get kept(): readonly Fault[] {
    return this.#kept;
  }

  get total(): number {
    return this.#total;
  }
}
