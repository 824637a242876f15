import { ScoringError } from "./errors.ts";

/** Takes bytes piece by piece where they are to lie, so that nobody need hold them all. */
export interface Sink {
  /** Where the next bytes go, for a call of `filled` only; empty once nothing more is wanted. */
  room(): Uint8Array;
  /** So many bytes of the room were written. */
  filled(count: number): void;
}

/** Copies bytes that are there already. @returns how many were wanted. */
export function pour(bytes: Uint8Array, sink: Sink): number {
  let at = 0;
  while (at < bytes.length) {
    const room = sink.room();
    if (room.length === 0) break;
    const count = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    sink.filled(count);
    at += count;
  }
  return at;
}

/** All bytes in one array, which grows as they come. Over `bytesMax` it throws `too_large`. */
export class GatherSink implements Sink {
  readonly #bytesMax: number;
  #out: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** Being wrong in `bytesExpected` only costs time. */
  constructor(bytesExpected: number, bytesMax: number) {
    // One more, so that a source whose length was known does not make it grow only to learn that nothing follows.
    this.#out = new Uint8Array(Math.max(64, Math.min(bytesExpected, bytesMax) + 1));
    this.#bytesMax = bytesMax;
  }

  room(): Uint8Array {
    if (this.#length === this.#out.length) {
      const larger = new Uint8Array(Math.min(2 * this.#length, this.#bytesMax + 1));
      larger.set(this.#out);
      this.#out = larger;
    }
    return this.#out.subarray(this.#length);
  }

  filled(count: number): void {
    this.#length += count;
    if (this.#length > this.#bytesMax) throw new ScoringError("too_large");
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#out.subarray(0, this.#length);
  }
}

/** The first `count` bytes; then it wants no more. */
export class HeadSink implements Sink {
  readonly #out: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(count: number) {
    this.#out = new Uint8Array(count);
  }

  room(): Uint8Array {
    return this.#out.subarray(this.#length);
  }

  filled(count: number): void {
    this.#length += count;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#out.subarray(0, this.#length);
  }
}
