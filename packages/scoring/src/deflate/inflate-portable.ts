import { crc32OfView } from "../crc32.ts";
import type { Sink } from "../sink.ts";
import { BitReader, damaged } from "./bit-reader.ts";
import { type BlockCodes, endOfBlock, fixedCodes, readCodes } from "./block-codes.ts";
import { Window, type WindowSum, windowBytes } from "./window.ts";

/** What inflating found besides the output, which is in the sink. */
export interface Inflated {
  /** How many bytes of the input the deflate stream took. */
  readonly consumed: number;
  /** Length and CRC-32 of the output. */
  readonly bytes: number;
  readonly crc: number;
}

/**
 * Inflates the raw deflate stream at the start of `data` into the sink, which must throw what it holds away if this
 * throws: `gzip_damaged`, or `too_large` as soon as the output passes `bytesMax`. Ends early if the sink wants no more.
 */
export type Inflate = (data: Uint8Array, sink: Sink, bytesMax: number) => Inflated;

/** What is done for each symbol and each byte: here in plain TypeScript, and quicker in wasm-steps.ts. */
export interface InflateSteps {
  /** Of a window: `windowBytes`. */
  readonly memory: Uint8Array;
  readonly sumOf: WindowSum;
  /** From the first symbol to the last, or until nothing more is wanted. */
  inflateBlock(input: BitReader, window: Window, codes: BlockCodes): void;
}

/**
 * By RFC 1951, without help of the platform. Accepts what zlib accepts. Keeps its memory from one call to the next, so
 * a sink must not call it.
 */
export function portableInflate(steps = plainSteps()): Inflate {
  return (data, sink, bytesMax) => {
    const input = new BitReader(data);
    const window = new Window(steps.memory, steps.sumOf, sink, bytesMax);
    try {
      inflateBlocks(steps, input, window);
    } catch (error) {
      // Whoever wants the beginning alone gets what came before the damage.
      window.flush();
      throw error;
    }
    window.flush();
    return { consumed: input.bytesTaken, bytes: window.total, crc: window.crc };
  };
}

function plainSteps(): InflateSteps {
  const memory = new Uint8Array(windowBytes);
  const view = new DataView(memory.buffer);
  return { memory, sumOf: (before, start, end) => crc32OfView(view, before, start, end), inflateBlock };
}

function inflateBlocks(steps: InflateSteps, input: BitReader, window: Window): void {
  for (let isLast = false; !isLast && window.hasRoom(); ) {
    isLast = input.take(1) === 1;
    const type = input.take(2);
    if (type === 0) copyStored(input, window);
    else if (type === 1) steps.inflateBlock(input, window, fixedCodes);
    else if (type === 2) steps.inflateBlock(input, window, readCodes(input));
    else throw damaged();
  }
}

function copyStored(input: BitReader, window: Window): void {
  input.bytes(0);
  const length = input.take(16);
  if (input.take(16) !== (length ^ 0xffff)) throw damaged();
  window.append(input.bytes(length));
}

/** Section 3.2.5: from which length or distance on a symbol counts, and how many more bits say how far. */
const lengthExtra = Uint8Array.from({ length: 29 }, (_, at) => (at === 28 ? 0 : Math.max(0, (at >> 2) - 1)));
const lengthBase = bases(3, lengthExtra).fill(258, 28);
const distanceExtra = Uint8Array.from({ length: 30 }, (_, at) => Math.max(0, (at >> 1) - 1));
const distanceBase = bases(1, distanceExtra);

function bases(first: number, extra: Uint8Array): Uint16Array {
  let next = first;
  return Uint16Array.from(extra, (bits) => {
    next += 1 << bits;
    return next - (1 << bits);
  });
}

function inflateBlock(input: BitReader, window: Window, { literals, distances }: BlockCodes): void {
  // A long run is written as many matches, but made at once.
  let run = 0;
  try {
    while (window.hasRoom()) {
      const symbol = input.symbol(literals);
      let length = 0;
      let distance = 0;
      if (symbol > endOfBlock) {
        length = more(input, lengthBase, lengthExtra, symbol - endOfBlock - 1);
        distance = more(input, distanceBase, distanceExtra, input.symbol(distances));
        if (distance === 1 && window.at > 0) {
          run += length;
          continue;
        }
      }
      if (run > 0) {
        window.repeat(1, run);
        run = 0;
      }
      if (distance > window.at) throw damaged();
      if (distance > 0) window.repeat(distance, length);
      else if (symbol === endOfBlock) return;
      else if (window.hasRoom()) window.bytes[window.at++] = symbol;
    }
  } finally {
    window.repeat(1, run);
  }
}

function more(input: BitReader, base: Uint16Array, extra: Uint8Array, symbol: number): number {
  const bits = extra[symbol];
  if (bits === undefined) throw damaged();
  return (base[symbol] as number) + input.take(bits);
}
