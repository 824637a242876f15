import { u16, u32 } from "../crc32.ts";
import { ScoringError } from "../errors.ts";
import type { ByteSource } from "../source.ts";

/** One record of the central directory, as it stands there; nothing judged yet. */
export interface ZipRecord {
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** File type and permissions if a Unix wrote the archive, else 0. */
  readonly unixMode: number;
  readonly disk: number;
  readonly offset: number;
}

export interface ZipDirectory {
  readonly records: readonly ZipRecord[];
  /** Where the directory begins: no entry may reach into it. */
  readonly offset: number;
}

const endBytes = 22;
const recordBytes = 46;
const commentBytesMax = 65535;
/** Name, extra fields and comment of one entry together; far more than any tool writes. */
const recordBytesMax = 4096;

/**
 * Reads the central directory (APPNOTE.TXT 4.3, zip64 included) and nothing else of the archive. The directory must lie
 * directly before its end record, and the end record at the very end: bytes before, between or after are refused.
 */
export async function readZipDirectory(source: ByteSource, entriesMax: number): Promise<ZipDirectory> {
  const end = await findEnd(source);
  if (end.entries > entriesMax) throw new ScoringError("zip_too_many_entries");
  if (end.bytes > end.entries * recordBytesMax || end.offset + end.bytes !== end.at) throw damaged();
  const bytes = await source.read(end.offset, end.bytes);
  const records: ZipRecord[] = [];
  let at = 0;
  while (records.length < end.entries) {
    const { record, next } = parseRecord(bytes, at);
    records.push(record);
    at = next;
  }
  if (at !== bytes.length) throw damaged();
  return { records, offset: end.offset };
}

interface End {
  /** Where the end records begin. */
  readonly at: number;
  readonly entries: number;
  readonly bytes: number;
  readonly offset: number;
}

async function findEnd(source: ByteSource): Promise<End> {
  const length = Math.min(source.size, endBytes + commentBytesMax);
  const from = source.size - length;
  const tail = await source.read(from, length);
  for (let at = length - endBytes; at >= 0; at--) {
    if (u32(tail, at) !== 0x06054b50 || at + endBytes + u16(tail, at + 20) !== length) continue;
    const [disk, disks, here, entries] = [4, 6, 8, 10].map((field) => u16(tail, at + field));
    const end = {
      at: from + at,
      entries: entries ?? 0,
      bytes: u32(tail, at + 12),
      offset: u32(tail, at + 16),
    };
    if (end.entries === 0xffff || end.bytes === 0xffffffff || end.offset === 0xffffffff) {
      return findEnd64(source, end);
    }
    if (disk !== 0 || disks !== 0 || here !== entries) throw damaged();
    return end;
  }
  throw damaged();
}

async function findEnd64(source: ByteSource, end: End): Promise<End> {
  if (end.at < 76) throw damaged();
  const locator = await source.read(end.at - 20, 20);
  if (u32(locator, 0) !== 0x07064b50) return end;
  const at = u64(locator, 8);
  if (at + 56 !== end.at - 20) throw damaged();
  const record = await source.read(at, 56);
  if (u32(record, 0) !== 0x06064b50 || u64(record, 24) !== u64(record, 32)) throw damaged();
  return { at, entries: u64(record, 32), bytes: u64(record, 40), offset: u64(record, 48) };
}

function parseRecord(bytes: Uint8Array, at: number): { record: ZipRecord; next: number } {
  if (at + recordBytes > bytes.length || u32(bytes, at) !== 0x02014b50) throw damaged();
  const nameAt = at + recordBytes;
  const extraAt = nameAt + u16(bytes, at + 28);
  const commentAt = extraAt + u16(bytes, at + 30);
  const next = commentAt + u16(bytes, at + 32);
  if (next > bytes.length) throw damaged();
  const wide = wideNumbers(bytes.subarray(extraAt, commentAt));
  const size = u32(bytes, at + 24);
  const packed = u32(bytes, at + 20);
  const offset = u32(bytes, at + 42);
  const madeOn = bytes[at + 5] ?? 0;
  const record = {
    nameBytes: bytes.subarray(nameAt, extraAt),
    flags: u16(bytes, at + 8),
    method: u16(bytes, at + 10),
    crc: u32(bytes, at + 16),
    // zip64 keeps, in this order, only those numbers that did not fit.
    bytes: size === 0xffffffff ? wide() : size,
    packedBytes: packed === 0xffffffff ? wide() : packed,
    offset: offset === 0xffffffff ? wide() : offset,
    // 3 is Unix, 19 is macOS; everyone else has no file type in these bits.
    unixMode: madeOn === 3 || madeOn === 19 ? u32(bytes, at + 38) >>> 16 : 0,
    disk: u16(bytes, at + 34),
  };
  return { record, next };
}

/** Hands out the 64-bit numbers of the zip64 extra field one after the other. */
function wideNumbers(extra: Uint8Array): () => number {
  let at = 0;
  while (at + 4 <= extra.length && u16(extra, at) !== 1) at += 4 + u16(extra, at + 2);
  const end = Math.min(extra.length, at + 4 + u16(extra, at + 2));
  let field = at + 4;
  return () => {
    if (field + 8 > end) throw damaged();
    field += 8;
    return u64(extra, field - 8);
  };
}

function u64(bytes: Uint8Array, at: number): number {
  const value = u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32;
  if (!Number.isSafeInteger(value)) throw damaged();
  return value;
}

function damaged(): ScoringError {
  return new ScoringError("zip_damaged");
}
