import { crc32OfRuns, runBytes } from "../crc32.ts";
import { ScoringError } from "../errors.ts";
import { pour, type Sink } from "../sink.ts";

/** As far back as a match can reach. */
const historyBytes = 1 << 15;
const pieceBytes = 1 << 17;
/** Of the memory of a window. */
export const windowBytes = historyBytes + pieceBytes;
/** From how many bytes on a call is quicker than a loop. */
const manyBytes = 24;

/** The CRC-32 `before` with the bytes of the window from `start` to before `end`. */
export type WindowSum = (before: number, start: number, end: number) => number;

/** The last of the output, from where a sink is given it in pieces, with the length and the CRC-32 of all of it. */
export class Window {
  readonly bytes: Uint8Array;
  /** Where the next byte goes, and where the present piece ends. */
  at = 0;
  end = 0;
  total = 0;
  crc = 0;
  readonly #sumOf: WindowSum;
  readonly #sink: Sink;
  readonly #bytesMax: number;
  /** Up to where the sink has it. */
  #given = 0;
  /** Up to where it is in the check sum. */
  #summed = 0;

  /** In memory of `windowBytes`, whatever lies there. */
  constructor(bytes: Uint8Array, sumOf: WindowSum, sink: Sink, bytesMax: number) {
    this.bytes = bytes;
    this.#sumOf = sumOf;
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#next();
  }

  /** @returns whether there is room for another byte; there is none once the sink wants no more */
  hasRoom(): boolean {
    return this.at < this.end || this.flush();
  }

  append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length && this.hasRoom(); ) {
      const part = bytes.subarray(from, from + this.end - this.at);
      this.bytes.set(part, this.at);
      this.at += part.length;
      from += part.length;
    }
  }

  /** So many bytes once more that lie so far back, where what is copied may be among what is to be copied. */
  repeat(distance: number, length: number): void {
    const { bytes } = this;
    for (let left = length; left > 0 && this.hasRoom(); ) {
      const from = this.at - distance;
      const part = Math.min(left, this.end - this.at);
      const end = this.at + part;
      if (part < manyBytes) {
        for (let to = this.at; to < end; to++) bytes[to] = bytes[to - distance] as number;
      } else if (distance === 1) {
        bytes.fill(bytes[from] as number, this.at, end);
        if (part >= 2 * runBytes) this.#sumRun(bytes[from] as number, end);
      } else {
        // What has been copied is there to be copied again, so each time it is twice as much.
        for (let done = 0; done < part; ) {
          const more = Math.min(part - done, distance + done);
          bytes.copyWithin(this.at + done, from, from + more);
          done += more;
        }
      }
      this.at = end;
      left -= part;
    }
  }

  /** Gives away what there is. @returns whether more is wanted */
  flush(): boolean {
    this.#sum(this.at);
    const piece = this.bytes.subarray(this.#given, this.at);
    this.#given = this.at;
    this.total += piece.length;
    if (this.total > this.#bytesMax) throw new ScoringError("too_large");
    pour(piece, this.#sink);
    return this.#next();
  }

  /** From the present place to before `end` every byte is this one, for two runs or more. */
  #sumRun(byte: number, end: number): void {
    // Whole steps are quicker, so what came before borrows from the run.
    this.#sum(this.at + ((this.#summed - this.at) & 15));
    const runs = Math.floor((end - this.#summed) / runBytes);
    this.crc = crc32OfRuns(byte, runs, this.crc);
    this.#summed += runs * runBytes;
  }

  #sum(end: number): void {
    this.crc = this.#sumOf(this.crc, this.#summed, end);
    this.#summed = end;
  }

  /** Begins a piece, which is no larger than what the sink has room for: it may want nothing after that. */
  #next(): boolean {
    const wanted = Math.min(pieceBytes, this.#sink.room().length);
    if (this.at + wanted > this.bytes.length) {
      this.bytes.copyWithin(0, this.at - historyBytes, this.at);
      this.at = historyBytes;
      this.#given = historyBytes;
      this.#summed = historyBytes;
    }
    this.end = this.at + wanted;
    return wanted > 0;
  }
}
