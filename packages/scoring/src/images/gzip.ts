import { crc32, u16, u32 } from "../crc32.ts";
import { ScoringError } from "../errors.ts";
import { inflateHead, inflateRaw, readStream, sizeGuess } from "../inflate.ts";
import { platformZlib } from "../platform.ts";

export interface GunzipOptions {
  /** Refuses with `too_large` as soon as the output would pass this many bytes. */
  readonly bytesMax: number;
  /** How long the output is believed to be; being wrong only costs time. */
  readonly bytesExpected?: number;
}

/** Room for a member of which nothing is known; as much as the blocks of bgzip hold. */
const memberBytes = 1 << 16;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * All members of a gzip file (RFC 1952), joined. Inflating is the platform's; the header, the CRC-32 and the length of
 * every member are checked here, because platforms differ in what they let through. Bytes after the last member are
 * refused: a file that is longer than it says was not written by anything sane.
 */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array> {
  const whole = (await platformZlib()) === undefined ? await gunzipByStream(bytes, options) : undefined;
  return whole ?? gunzipMembers(bytes, options);
}

/**
 * The quick way of a browser: its own gzip reader, which also checks CRC and length. Nothing if that fails or if the
 * output is not as long as the file's last member says; then the members are taken one by one.
 */
async function gunzipByStream(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array | undefined> {
  memberStart(bytes, 0);
  const { bytesMax, bytesExpected = 0 } = options;
  const size = sizeGuess(bytes, { bytesMax, bytesExpected });
  const { bytes: output, whole } = await readStream("gzip", bytes, size, bytesMax);
  if (output.length > bytesMax) throw new ScoringError("too_large");
  return whole && u32(bytes, bytes.length - 4) === output.length >>> 0 ? output : undefined;
}

async function gunzipMembers(bytes: Uint8Array, { bytesMax }: GunzipOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  // Of a file with one member, which is nearly every file, the last four bytes are the length of it all.
  let bytesExpected = u32(bytes, bytes.length - 4);
  do {
    const start = memberStart(bytes, at);
    const member = await inflateRaw(bytes.subarray(start), {
      bytesMax: bytesMax - total,
      bytesExpected: Math.max(bytesExpected, memberBytes),
      trailerBytes: 8,
      accept: trailerFits,
    });
    const trailer = start + member.consumed;
    if (!(await trailerFits(member.bytes, bytes.subarray(trailer, trailer + 8)))) throw damaged();
    parts.push(fitted(member.bytes));
    total += member.bytes.length;
    at = trailer + 8;
    bytesExpected = memberBytes;
  } while (at < bytes.length);
  return join(parts, total);
}

/** A part that fills less than half of its buffer is copied out of it: a thousand small ones must not keep a thousand. */
function fitted(part: Uint8Array): Uint8Array {
  return part.buffer.byteLength > 2 * part.length + memberBytes ? part.slice() : part;
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

async function trailerFits(output: Uint8Array, trailer: Uint8Array): Promise<boolean> {
  if (trailer.length < 8 || u32(trailer, 4) !== output.length >>> 0) return false;
  return (await crc32(output)) === u32(trailer, 0);
}

/** Where the deflate data of the member at `at` begins: after the fixed header and its optional fields. */
function memberStart(bytes: Uint8Array, at: number): number {
  const flags = bytes[at + 3] ?? 0xff;
  if (!isGzip(bytes.subarray(at)) || bytes[at + 2] !== 8 || (flags & 0xe0) !== 0) throw damaged();
  let start = at + 10;
  if (flags & 4) start += 2 + u16(bytes, start);
  if (flags & 8) start = afterNul(bytes, start);
  if (flags & 16) start = afterNul(bytes, start);
  if (flags & 2) start += 2;
  if (start + 8 > bytes.length) throw damaged();
  return start;
}

function afterNul(bytes: Uint8Array, at: number): number {
  const nul = bytes.indexOf(0, at);
  return nul < 0 ? bytes.length : nul + 1;
}

function join(parts: readonly Uint8Array[], total: number): Uint8Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function damaged(): ScoringError {
  return new ScoringError("gzip_damaged");
}
