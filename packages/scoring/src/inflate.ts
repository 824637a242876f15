import { ScoringError } from "./errors.ts";
import { platformZlib, type Zlib } from "./platform.ts";

export interface InflateOptions {
  readonly bytesMax: number;
  readonly bytesExpected: number;
  /** How many bytes must follow the deflate data: 8 in gzip, 0 in a zip entry. */
  readonly trailerBytes: number;
  /** Whether this output and the bytes that follow belong together; asked only where the platform hides the end. */
  accept(output: Uint8Array, trailer: Uint8Array): Promise<boolean>;
}

export interface Inflated {
  readonly bytes: Uint8Array;
  /** How many bytes of the input the deflate stream took. */
  readonly consumed: number;
}

/** Deflate cannot do better than 1032 to 1 (a 258-byte match in two bits), so no promise beyond it is believed. */
const ratioMax = 1032;
/** How many places that only look like the start of a next gzip member are tried before giving up. */
const falseStartsMax = 32;
const chunkBytes = 1 << 16;

/** Inflates the raw deflate stream (RFC 1951) at the start of `data`, by node:zlib or else by DecompressionStream. */
export async function inflateRaw(data: Uint8Array, options: InflateOptions): Promise<Inflated> {
  const zlib = await platformZlib();
  return zlib === undefined ? inflateByStream(data, options) : inflateByZlib(zlib, data, options);
}

/** The first `count` bytes of the output, or as many as the first two thousand bytes of the input give. */
export async function inflateHead(data: Uint8Array, count: number): Promise<Uint8Array> {
  const head = data.subarray(0, 2048);
  const zlib = await platformZlib();
  if (zlib === undefined) return (await readStream("deflate-raw", head, count, count)).bytes;
  try {
    const options = { chunkSize: chunkBytes, maxOutputLength: head.length * ratioMax + chunkBytes };
    return zlib.inflateRawSync(head, { ...options, finishFlush: 2 }).subarray(0, count);
  } catch {
    return new Uint8Array(0);
  }
}

function inflateByZlib(zlib: Zlib, data: Uint8Array, options: InflateOptions): Inflated {
  const size = sizeGuess(data, options);
  try {
    // One byte more than expected, or node:zlib asks for a second chunk only to learn that there is none.
    const { buffer, engine } = zlib.inflateRawSync(data, {
      chunkSize: Math.max(64, size + 1),
      maxOutputLength: Math.max(1, options.bytesMax),
      info: true,
    });
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { bytes, consumed: engine.bytesWritten };
  } catch (error) {
    // zlib's own errors are about the data; any other one says that the output does not fit.
    const { code } = error as { code?: string };
    throw new ScoringError(code?.startsWith("Z_") === true ? "gzip_damaged" : "too_large");
  }
}

/**
 * A DecompressionStream does not say where the data ended and refuses anything after it. So the end is guessed: first
 * the end of the file, then, for files of several members, each place that looks like the start of a next member.
 */
export async function inflateByStream(data: Uint8Array, options: InflateOptions): Promise<Inflated> {
  let falseStarts = 0;
  let end = data.length;
  let from = 0;
  for (;;) {
    const consumed = end - options.trailerBytes;
    if (consumed > 0) {
      const size = sizeGuess(data.subarray(0, consumed), options);
      const { bytes, whole } = await readStream(
        "deflate-raw",
        data.subarray(0, consumed),
        size,
        options.bytesMax,
      );
      if (bytes.length > options.bytesMax) throw new ScoringError("too_large");
      if (whole && (await options.accept(bytes, data.subarray(consumed, end)))) return { bytes, consumed };
      falseStarts++;
    }
    end = nextMember(data, from);
    from = end + 1;
    if (end < 0 || options.trailerBytes === 0 || falseStarts > falseStartsMax)
      throw new ScoringError("gzip_damaged");
  }
}

function nextMember(data: Uint8Array, from: number): number {
  for (let at = data.indexOf(0x1f, from); at >= 0; at = data.indexOf(0x1f, at + 1)) {
    if (data[at + 1] === 0x8b && data[at + 2] === 8) return at;
  }
  return -1;
}

export function sizeGuess(
  data: Uint8Array,
  options: Pick<InflateOptions, "bytesMax" | "bytesExpected">,
): number {
  const possible = Math.min(options.bytesMax, data.length * ratioMax + chunkBytes);
  return options.bytesExpected > 0
    ? Math.min(options.bytesExpected, possible)
    : Math.min(possible, data.length * 4 + 64);
}

/** Reads at most `bytesMax` + 1 bytes; `whole` says that the stream ended by itself and without fault. */
export async function readStream(
  format: "deflate-raw" | "gzip",
  data: Uint8Array,
  bytesExpected: number,
  bytesMax: number,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  let out = new Uint8Array(Math.max(64, bytesExpected));
  let length = 0;
  const stream = new Blob([data as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(format));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: out.subarray(0, length), whole: true };
      const room = Math.min(value.length, bytesMax + 1 - length);
      if (length + room > out.length) out = grown(out, length + room);
      out.set(value.subarray(0, room), length);
      length += room;
      if (length > bytesMax) break;
    }
    await reader.cancel();
  } catch {
    // A damaged stream fails here with an error of the platform's own; what came before it is still of use to a head.
  }
  return { bytes: out.subarray(0, length), whole: false };
}

function grown(old: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(bytes, old.length * 2));
  larger.set(old);
  return larger;
}
