import { crc32Tables } from "../crc32.ts";
import { ARENA_BASE, instantiateKernels, PAGE_BYTES } from "../kernels/wasm.ts";
import { type BitReader, damaged } from "./bit-reader.ts";
import type { InflateSteps } from "./inflate-portable.ts";
import type { PrefixCode } from "./prefix-code.ts";
import { type Window, windowBytes } from "./window.ts";

/** Where things lie in the memory of assembly/inflate.ts, and how far from the next. */
const state = ARENA_BASE;
const sums = state + 64;
const literalsAt = sums + (16 + 4 + 1) * 1024;
const codeBytes = 4096;
const distancesAt = literalsAt + codeBytes;
const inputAt = distancesAt + codeBytes;
const inputBytes = 1 << 16;
/** What is read or written beyond an end. */
const slackBytes = 64;
const windowAt = inputAt + inputBytes + slackBytes;
const pages = Math.ceil((windowAt + windowBytes + slackBytes) / PAGE_BYTES);

/** How a call of `inflateBlock` ended. */
const blockEnded = 0;
const windowFull = 1;
const inputStarved = 2;

interface InflateExports {
  inflateBlock(
    state: number,
    input: number,
    inputBytes: number,
    isLast: number,
    literals: number,
    distances: number,
    window: number,
    end: number,
  ): number;
  crc32(tables: number, before: number, start: number, end: number): number;
}

/** The same steps in WebAssembly, in a memory of their own; nothing where there is none, or none with SIMD. */
export async function wasmSteps(): Promise<InflateSteps | undefined> {
  const { buffer, exports } = await instance();
  if (exports === undefined) return undefined;
  const bytes = new Uint8Array(buffer);
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(buffer);
  let address = sums;
  for (const table of crc32Tables) {
    words.set(table, address / 4);
    address += table.byteLength;
  }

  const putCode = ({ table, counts, symbols }: PrefixCode, at: number) => {
    halves.set(table, at / 2);
    halves.set(counts, at / 2 + table.length);
    halves.set(symbols, at / 2 + table.length + counts.length);
  };

  /** Whose input lies in the memory, from which byte on and how many. */
  let reader: WeakRef<BitReader> | undefined;
  let start = 0;
  let length = 0;
  const putInput = (input: BitReader) => {
    reader = new WeakRef(input);
    start = byteOf(input);
    const part = input.data.subarray(start, start + inputBytes);
    length = part.length;
    bytes.set(part, inputAt);
    bytes.fill(0, inputAt + length, inputAt + length + slackBytes);
  };
  const isThere = (input: BitReader) =>
    reader?.deref() === input && byteOf(input) >= start && byteOf(input) <= start + length;

  return {
    memory: bytes.subarray(windowAt, windowAt + windowBytes),
    sumOf: (before, start, end) => exports.crc32(sums, before, windowAt + start, windowAt + end) >>> 0,
    inflateBlock(input: BitReader, window: Window, { literals, distances }) {
      putCode(literals, literalsAt);
      putCode(distances, distancesAt);
      const own = words.subarray(state / 4, state / 4 + 4);
      own.fill(0);
      if (!isThere(input)) putInput(input);
      while (window.hasRoom()) {
        own[0] = input.bitsTaken - 8 * start;
        own[1] = windowAt + window.at;
        const isLast = start + length === input.data.length;
        const end = windowAt + window.end;
        const how = exports.inflateBlock(
          state,
          inputAt,
          length,
          Number(isLast),
          literalsAt,
          distancesAt,
          windowAt,
          end,
        );
        window.at = (own[1] as number) - windowAt;
        if (how !== blockEnded && how !== windowFull && how !== inputStarved) throw damaged();
        input.goTo(8 * start + (own[0] as number));
        if (how === blockEnded) return;
        if (how === inputStarved) putInput(input);
      }
    },
  };
}

/** With the next bit in it. */
function byteOf(input: BitReader): number {
  return Math.floor(input.bitsTaken / 8);
}

async function instance() {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const exports = (await instantiateKernels(memory)) as unknown as InflateExports | undefined;
  return { buffer: memory.buffer, exports };
}
