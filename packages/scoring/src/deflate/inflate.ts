import { type Crc32, platformCrc32 } from "../crc32.ts";
import { ScoringError } from "../errors.ts";
import { type InflateHandle, platformZlib, type Zlib } from "../platform.ts";
import { HeadSink, type Sink } from "../sink.ts";
import { type Inflate, type Inflated, portableInflate } from "./inflate-portable.ts";
import { wasmSteps } from "./wasm-steps.ts";

/** Deflate cannot do better than 1032 to 1 (a 258-byte match in two bits), so no promise beyond it is believed. */
const ratioMax = 1032;
const chunkBytes = 1 << 16;
/** As much of a file as is inflated to read a header. */
const headBytes = 2048;
/** zlib counts in 32 bits. */
const writeBytesMax = 2 ** 30;
/** Z_FINISH of zlib.h: all of the input is there. */
const finish = 4;

/** By node:zlib where it lets us reach below its streams, to write into memory of our own; otherwise by our own means. */
export async function platformInflate(): Promise<Inflate> {
  const zlib = await platformZlib();
  if (zlib === undefined) return await quickest();
  const portable = portableInflate();
  const crc32 = await platformCrc32();
  return (data, sink, bytesMax) =>
    inflateByZlib(zlib, crc32, data, sink, bytesMax) ?? portable(data, sink, bytesMax);
}

let own: Promise<Inflate> | undefined;

/** Our own means: one for all, for it does one thing at a time. */
function quickest(): Promise<Inflate> {
  own ??= wasmSteps().then(portableInflate);
  return own;
}

/** The first `count` bytes of the output, or as many as the first two thousand bytes of the input give. */
export async function inflateHead(data: Uint8Array, count: number): Promise<Uint8Array> {
  const inflate = await platformInflate();
  const out = new HeadSink(count);
  try {
    inflate(data.subarray(0, headBytes), out, count);
  } catch {
    // Damaged already here: what came before the damage is all that there is.
  }
  return out.bytes;
}

/** Nothing where there is nothing to reach. */
function inflateByZlib(
  zlib: Zlib,
  crc32: Crc32,
  data: Uint8Array,
  sink: Sink,
  bytesMax: number,
): Inflated | undefined {
  const { _handle: handle, _writeState: state } = zlib.createInflateRaw({ chunkSize: 64 });
  if (handle?.writeSync === undefined || state === undefined) return undefined;
  try {
    return writeAll(handle as Required<InflateHandle>, state, crc32, data, sink, bytesMax);
  } finally {
    handle.close();
  }
}

function writeAll(
  handle: Required<InflateHandle>,
  state: Uint32Array,
  crc32: Crc32,
  data: Uint8Array,
  sink: Sink,
  bytesMax: number,
): Inflated {
  let failed = false;
  handle.onerror = () => {
    failed = true;
  };
  let consumed = 0;
  let bytes = 0;
  let crc = 0;
  for (;;) {
    const room = sink.room();
    const length = Math.min(room.length, writeBytesMax);
    if (length === 0) return { consumed, bytes, crc };
    handle.writeSync(finish, data, consumed, data.length - consumed, room, 0, length);
    if (failed) throw new ScoringError("gzip_damaged");
    const [roomLeft = 0, inputLeft = 0] = state;
    consumed = data.length - inputLeft;
    bytes += length - roomLeft;
    if (bytes > bytesMax) throw new ScoringError("too_large");
    crc = crc32(room.subarray(0, length - roomLeft), crc);
    sink.filled(length - roomLeft);
    // With room left over the stream has ended, for with `finish` anything else is an error.
    if (roomLeft > 0) return { consumed, bytes, crc };
  }
}

/** As much as is expected, but no more than so much data can become. */
export function sizeGuess(data: Uint8Array, bytesExpected: number, bytesMax: number): number {
  return Math.min(bytesExpected, bytesMax, data.length * ratioMax + chunkBytes);
}
