import { type Crc32, platformCrc32, u16, u32 } from "../crc32.ts";
import { ScoringError } from "../errors.ts";
import { inflateByStream, inflateHead, inflateTo, sizeGuess, streamTo } from "../inflate.ts";
import { platformZlib } from "../platform.ts";
import { GatherSink, pour, type Sink } from "../sink.ts";

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

/** All members of a gzip file (RFC 1952), joined. */
export async function gunzip(bytes: Uint8Array, options: GunzipOptions): Promise<Uint8Array> {
  // Of a file with one member, which is nearly every file, the last four bytes are the length of it all.
  const { bytesMax, bytesExpected = Math.max(u32(bytes, bytes.length - 4), memberBytes) } = options;
  const out = new GatherSink(sizeGuess(bytes, { bytesMax, bytesExpected }), bytesMax);
  await gunzipTo(bytes, out, bytesMax);
  return out.bytes;
}

/**
 * All members into a sink, which must throw what it holds away if this rejects. Inflating is the platform's; the
 * header, the CRC-32 and the length of every member are checked here, because platforms differ in what they let
 * through. Bytes after the last member are refused: a file that is longer than it says was not written by anything sane.
 */
export async function gunzipTo(bytes: Uint8Array, sink: Sink, bytesMax: number): Promise<void> {
  const zlib = await platformZlib();
  const checked = new CheckingSink(sink, await platformCrc32(), bytesMax);
  if (zlib === undefined) return gunzipInPage(bytes, checked, bytesMax);
  let at = 0;
  do {
    const start = memberStart(bytes, at);
    const before = checked.total;
    checked.begin();
    const trailer = start + inflateTo(zlib, bytes.subarray(start), checked, bytesMax - before);
    checked.end(bytes.subarray(trailer, trailer + 8));
    at = trailer + 8;
  } while (at < bytes.length);
}

/**
 * The quick way of a browser: its own gzip reader, which also checks CRC and length. If that fails or if the output is
 * not as long as the file's last member says, the members are taken one by one.
 */
async function gunzipInPage(bytes: Uint8Array, checked: CheckingSink, bytesMax: number): Promise<void> {
  memberStart(bytes, 0);
  const whole = await streamTo("gzip", bytes, checked);
  if (whole && u32(bytes, bytes.length - 4) === checked.total >>> 0) return;
  checked.restart();
  let at = 0;
  do {
    const start = memberStart(bytes, at);
    const member = await inflateByStream(bytes.subarray(start), {
      bytesMax: bytesMax - checked.total,
      bytesExpected: memberBytes,
      trailerBytes: 8,
      accept: async (output, trailer) => checked.fits(output, trailer),
    });
    pour(member.bytes, checked);
    at = start + member.consumed + 8;
  } while (at < bytes.length);
}

/** Passes on what comes, and keeps the check sum and the length of the member that it belongs to. */
class CheckingSink implements Sink {
  readonly #sink: Sink;
  readonly #crc32: Crc32;
  readonly #bytesMax: number;
  #room = new Uint8Array();
  /** Of the present member; nothing where the platform checks by itself. */
  #crc: number | undefined;
  #from = 0;
  #total = 0;

  constructor(sink: Sink, crc32: Crc32, bytesMax: number) {
    this.#sink = sink;
    this.#crc32 = crc32;
    this.#bytesMax = bytesMax;
  }

  get total(): number {
    return this.#total;
  }

  room(): Uint8Array {
    this.#room = this.#sink.room() as Uint8Array<ArrayBuffer>;
    return this.#room;
  }

  filled(count: number): void {
    this.#total += count;
    if (this.#total > this.#bytesMax) throw new ScoringError("too_large");
    if (this.#crc !== undefined) this.#crc = this.#crc32(this.#room.subarray(0, count), this.#crc);
    this.#sink.filled(count);
  }

  restart(): void {
    this.#total = 0;
    this.#sink.restart();
  }

  begin(): void {
    this.#crc = 0;
    this.#from = this.#total;
  }

  end(trailer: Uint8Array): void {
    const length = this.#total - this.#from;
    if (trailer.length < 8 || u32(trailer, 4) !== length >>> 0 || u32(trailer, 0) !== this.#crc)
      throw damaged();
  }

  fits(output: Uint8Array, trailer: Uint8Array): boolean {
    if (trailer.length < 8 || u32(trailer, 4) !== output.length >>> 0) return false;
    return this.#crc32(output) === u32(trailer, 0);
  }
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
  if (flags & 2) start += 2;
  if (start + 8 > bytes.length) throw damaged();
  return start;
}

function afterNul(bytes: Uint8Array, at: number): number {
  const nul = bytes.indexOf(0, at);
  return nul < 0 ? bytes.length : nul + 1;
}

function damaged(): ScoringError {
  return new ScoringError("gzip_damaged");
}
