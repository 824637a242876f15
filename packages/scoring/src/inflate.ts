import { ScoringError } from "./errors.ts";
import { type InflateHandle, platformZlib, type Zlib } from "./platform.ts";
import { GatherSink, HeadSink, pour, type Sink } from "./sink.ts";

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
/** As much of a file as is inflated to read a header. */
const headBytes = 2048;
/** What is given to a DecompressionStream at a time: a header comes out of the first pieces, and no piece makes 5 MB. */
const headPieceBytes = 128;
const streamPieceBytes = 4096;
/** zlib counts in 32 bits. */
const writeBytesMax = 2 ** 30;
/** Constants of zlib.h. */
const syncFlush = 2;
const finish = 4;

/** Inflates the raw deflate stream (RFC 1951) at the start of `data`, by node:zlib or else by DecompressionStream. */
export async function inflateRaw(data: Uint8Array, options: InflateOptions): Promise<Inflated> {
  const zlib = await platformZlib();
  if (zlib === undefined) return inflateByStream(data, options);
  const out = new GatherSink(sizeGuess(data, options), options.bytesMax);
  const consumed = inflateTo(zlib, data, out, options.bytesMax);
  return { bytes: out.bytes, consumed };
}

/** The first `count` bytes of the output, or as many as the first two thousand bytes of the input give. */
export async function inflateHead(data: Uint8Array, count: number): Promise<Uint8Array> {
  const head = data.subarray(0, headBytes);
  const out = new HeadSink(count);
  const zlib = await platformZlib();
  try {
    if (zlib === undefined) await streamTo("deflate-raw", head, out, headPieceBytes);
    else inflateTo(zlib, head, out, headBytes * ratioMax + chunkBytes, syncFlush);
  } catch {
    // Damaged already here: what came before the damage is all that there is.
  }
  return out.bytes;
}

/**
 * Inflates the raw deflate stream at the start of `data` into the sink, without a copy where node:zlib lets us reach
 * below it. `bytesMax` bounds the memory where it does not. @returns how many bytes of the input it took.
 */
export function inflateTo(
  zlib: Zlib,
  data: Uint8Array,
  sink: Sink,
  bytesMax: number,
  flush = finish,
): number {
  const { _handle: handle, _writeState: state } = zlib.createInflateRaw({ chunkSize: 64 });
  if (handle?.writeSync === undefined || state === undefined) {
    return inflateWhole(zlib, data, sink, bytesMax, flush);
  }
  try {
    return writeAll(handle as Required<InflateHandle>, state, data, sink, flush);
  } finally {
    handle.close();
  }
}

function writeAll(
  handle: Required<InflateHandle>,
  state: Uint32Array,
  data: Uint8Array,
  sink: Sink,
  flush: number,
): number {
  let failed = false;
  handle.onerror = () => {
    failed = true;
  };
  let at = 0;
  for (;;) {
    const room = sink.room();
    const length = Math.min(room.length, writeBytesMax);
    if (length === 0) return at;
    handle.writeSync(flush, data, at, data.length - at, room, 0, length);
    if (failed) throw new ScoringError("gzip_damaged");
    const [roomLeft = 0, inputLeft = 0] = state;
    at = data.length - inputLeft;
    sink.filled(length - roomLeft);
    // With room left over the stream has ended, for with `finish` anything else is an error.
    if (roomLeft > 0) return at;
  }
}

/** By what node:zlib documents. */
function inflateWhole(
  zlib: Zlib,
  data: Uint8Array,
  sink: Sink,
  bytesMax: number,
  finishFlush: number,
): number {
  try {
    const chunkSize = Math.max(64, sizeGuess(data, { bytesMax, bytesExpected: 0 }) + 1);
    const options = { chunkSize, maxOutputLength: Math.max(1, bytesMax), finishFlush };
    const { buffer, engine } = zlib.inflateRawSync(data, { ...options, info: true });
    pour(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), sink);
    return engine.bytesWritten;
  } catch (error) {
    if (error instanceof ScoringError) throw error;
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
      const packed = data.subarray(0, consumed);
      const out = new GatherSink(sizeGuess(packed, options), options.bytesMax);
      const whole = await streamTo("deflate-raw", packed, out);
      const { bytes } = out;
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

/** By DecompressionStream. @returns whether it ended by itself and without fault, with all of it wanted. */
export async function streamTo(
  format: "deflate-raw" | "gzip",
  data: Uint8Array,
  sink: Sink,
  pieceBytes = streamPieceBytes,
): Promise<boolean> {
  const { readable, writable } = new DecompressionStream(format);
  // Whether it went well is seen where it is read.
  feed(writable, data, pieceBytes).catch(() => undefined);
  const reader = readable.getReader();
  for (;;) {
    // A damaged stream fails here with an error of the platform's own; what came before it is still of use to a head.
    const piece = await reader.read().catch(() => undefined);
    if (piece === undefined) return false;
    if (piece.done) return true;
    let taken = 0;
    try {
      taken = pour(piece.value, sink);
    } finally {
      if (taken < piece.value.length) await reader.cancel();
    }
    if (taken < piece.value.length) return false;
  }
}

/** Piece by piece, because all that a piece expands to is made at once, wanted or not. */
async function feed(writable: WritableStream, data: Uint8Array, pieceBytes: number): Promise<void> {
  const writer = writable.getWriter();
  for (let at = 0; at < data.length; at += pieceBytes) await writer.write(data.subarray(at, at + pieceBytes));
  await writer.close();
}
