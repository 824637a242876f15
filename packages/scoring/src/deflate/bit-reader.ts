import { ScoringError } from "../errors.ts";
import { type PrefixCode, tableMask } from "./prefix-code.ts";

/** A code has at most so many bits. */
const codeBits = 15;

/** The bits of a deflate stream, lowest of each byte first. What reads beyond the end throws `gzip_damaged`. */
export class BitReader {
  readonly data: Uint8Array;
  /** The next byte that is not among the bits; zeros are read beyond the end, and are no error until they are used. */
  #at = 0;
  /** At most 30, which engines hold as small integers. */
  #bits = 0;
  #count = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  /** At most 16 bits. */
  take(count: number): number {
    this.#have(count);
    const taken = this.#bits & ((1 << count) - 1);
    this.#skip(count);
    return taken;
  }

  symbol(code: PrefixCode): number {
    this.#have(codeBits);
    const entry = (code.table[this.#bits & tableMask] as number) || code.search(this.#bits);
    if (entry === 0) throw damaged();
    this.#skip(entry & 15);
    return entry >>> 4;
  }

  /** Whole bytes, after what is left of the present one. */
  bytes(count: number): Uint8Array {
    const from = this.bytesTaken;
    this.#at = from + count;
    this.#bits = 0;
    this.#count = 0;
    if (this.#at > this.data.length) throw damaged();
    return this.data.subarray(from, this.#at);
  }

  /** How many bytes a bit was taken of. */
  get bytesTaken(): number {
    return this.#at - (this.#count >>> 3);
  }

  /** How many bits were taken. */
  get bitsTaken(): number {
    return 8 * this.#at - this.#count;
  }

  /** Goes on from there, up to which somebody else has read. */
  goTo(bit: number): void {
    this.#at = Math.floor(bit / 8);
    this.#bits = 0;
    this.#count = 0;
    this.take(bit % 8);
  }

  #have(count: number): void {
    while (this.#count < count) {
      if (this.#at < this.data.length) this.#bits |= (this.data[this.#at] as number) << this.#count;
      this.#at++;
      this.#count += 8;
    }
  }

  #skip(count: number): void {
    this.#bits >>>= count;
    this.#count -= count;
    if (this.#at > this.data.length && this.bytesTaken > this.data.length) throw damaged();
  }
}

export function damaged(): ScoringError {
  return new ScoringError("gzip_damaged");
}
