import { crc32Portable, u16, u32 } from "../crc32.ts";
import { inflateHead, platformInflate, sizeGuess } from "../deflate/inflate.ts";
import type { Inflate } from "../deflate/inflate-portable.ts";
import { ScoringError } from "../errors.ts";
import { platformZlib } from "../platform.ts";
import { GatherSink, type Sink } from "../sink.ts";

export interface GunzipOptions {
  /** Refuses with `too_large` as soon as the output would pass this many bytes. */
  readonly bytesMax: number;
  /** How long the output is believed to be; being wrong only costs time. */
  readonly bytesExpected?: number;
}

/** Room for a member of which nothing is known; as much as the blocks of bgzip hold. */
const memberBytes = 1 << 16;
const trailerBytes = 8;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** All members of a gzip file (RFC 1952), joined. */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array> {
  // Of a file with one member, which is nearly every file, the last four bytes are the length of it all.
  const { bytesMax, bytesExpected = Math.max(u32(bytes, bytes.length - 4), memberBytes) } = options;
  const out = new GatherSink(sizeGuess(bytes, bytesExpected, bytesMax), bytesMax);
  await gunzipTo(bytes, out, bytesMax);
  return out.bytes;
}

/**
 * All members into a sink, which must throw what it holds away if this rejects. The header, the CRC-32 and the length
 * of every member are checked here, because platforms differ in what they let through. Bytes after the last member are
 * refused: a file that is longer than it says was not written by anything sane.
 */
export async function gunzipTo(bytes: Uint8Array, sink: Sink, bytesMax: number): Promise<void> {
  gunzipBy(await platformInflate(), bytes, sink, bytesMax);
}

export function gunzipBy(inflate: Inflate, bytes: Uint8Array, sink: Sink, bytesMax: number): void {
  let total = 0;
  let at = 0;
  do {
    const start = memberStart(bytes, at);
    const member = inflate(bytes.subarray(start), sink, bytesMax - total);
    const trailer = start + member.consumed;
    at = trailer + trailerBytes;
    if (at > bytes.length || u32(bytes, trailer) !== member.crc) throw damaged();
    if (u32(bytes, trailer + 4) !== member.bytes >>> 0) throw damaged();
    total += member.bytes;
  } while (at < bytes.length);
}

/** The first `count` bytes of the output or fewer, nothing checked: enough to learn how large the rest may be. */
export function gunzipHead(bytes: Uint8Array, count: number): Promise<Uint8Array> {
  return inflateHead(bytes.subarray(memberStart(bytes, 0)), count);
}

/** One gzip member; what it compresses to differs between platforms, what it expands to does not. */
export async function gzip(bytes: Uint8Array, level = 6): Promise<Uint8Array> {
  const zlib = await platformZlib();
  if (zlib !== undefined) return new Uint8Array(zlib.gzipSync(bytes, { level }));
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Where the deflate data of the member at `at` begins: after the fixed header and its optional fields. */
function memberStart(bytes: Uint8Array, at: number): number {
  const flags = bytes[at + 3] ?? 0xff;
  if (!isGzip(bytes.subarray(at)) || bytes[at + 2] !== 8 || (flags & 0xe0) !== 0) throw damaged();
  let start = at + 10;
  if (flags & 4) start += 2 + u16(bytes, start);
  if (flags & 8) start = afterNul(bytes, start);
  if (flags & 16) start = afterNul(bytes, start);
  if (flags & 2) {
    // The header's own check sum: the lower half of its CRC-32.
    if ((crc32Portable(bytes.subarray(at, start)) & 0xffff) !== u16(bytes, start)) throw damaged();
    start += 2;
  }
  if (start + trailerBytes > bytes.length) throw damaged();
  return start;
}

function afterNul(bytes: Uint8Array, at: number): number {
  const nul = bytes.indexOf(0, at);
  return nul < 0 ? bytes.length : nul + 1;
}

function damaged(): ScoringError {
  return new ScoringError("gzip_damaged");
}
