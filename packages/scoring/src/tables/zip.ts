import { crc32, u16, u32 } from "../crc32.ts";
import { platformInflate, sizeGuess } from "../deflate/inflate.ts";
import { type FaultCode, ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { GatherSink } from "../sink.ts";
import { type ByteSource, sourceOf } from "../source.ts";
import { readZipDirectory, type ZipDirectory, type ZipRecord } from "./zip-directory.ts";
import { caseKey, isArchiveName, isClutter, plainName } from "./zip-names.ts";
import { entryPieces } from "./zip-pieces.ts";

export interface ZipLimits {
  /** All entries, expanded. */
  readonly bytesMax?: number;
  readonly entryBytesMax?: number;
  readonly entriesMax?: number;
  /** Expanded to packed, asked of entries over 10 MiB; label maps reach 300. */
  readonly ratioMax?: number;
  /** Archives among the entries, which nobody opens, are no fault. */
  readonly archivesAllowed?: boolean;
}

export const zipDefaults = {
  bytesMax: 2 ** 34,
  entryBytesMax: 2 ** 32,
  entriesMax: 10_000,
  ratioMax: 600,
  archivesAllowed: false,
};

export interface ZipFile {
  /** The name in the archive. */
  readonly entry: string;
  /** The same without the one folder that wraps everything, if there is one. */
  readonly name: string;
  readonly bytes: number;
  /** Expands this entry alone, with its length and CRC checked. */
  read(): Promise<Uint8Array>;
  /** The same a piece at a time, for what shall not be in memory; only at the end is it known to be whole. */
  pieces(): AsyncIterable<Uint8Array>;
}

const local = 30;
const localSignature = 0x04034b50;
const ratioFromBytes = 10 * 2 ** 20;

/**
 * Opens a zip archive. Everything that the central directory can tell is checked before a single byte is expanded, and
 * every fault is reported at once. Folders, `__MACOSX`, `.DS_Store` and one wrapping folder are passed over.
 */
export async function openZip(
  input: Uint8Array | Blob | ByteSource,
  limits: ZipLimits = {},
): Promise<ZipFile[]> {
  const source = sourceOf(input);
  const all = { ...zipDefaults, ...limits };
  const directory = await readZipDirectory(source, all.entriesMax);
  const faults = new FaultList();
  const names = directory.records.map((record, at) => judge(record, at, all, faults));
  if (directory.records.reduce((sum, record) => sum + record.bytes, 0) > all.bytesMax)
    faults.add("zip_too_large");
  addDuplicates(names, faults);
  const ends = addOverlaps(directory, names, faults);
  faults.throwIfAny();
  const files = directory.records.flatMap((record, at) => {
    const entry = names[at] ?? "";
    if (entry.endsWith("/") || isClutter(entry)) return [];
    const end = ends[at] as number;
    const damaged = () => new ScoringError("zip_damaged", undefined, { file: entry });
    const judged = (first: Uint8Array) => {
      if (!all.archivesAllowed && u32(first, 0) === localSignature)
        throw new ScoringError("zip_nested", undefined, { file: entry });
      return first;
    };
    const read = async () => judged(await expand(source, record, end, damaged));
    async function* pieces() {
      const start = await dataStart(source, record, end, damaged);
      let first = true;
      for await (const piece of entryPieces(source, record, start, damaged)) {
        yield first ? judged(piece) : piece;
        first = false;
      }
    }
    return [{ entry, bytes: record.bytes, read, pieces }];
  });
  const wrapped = wrappingFolder(files.map((file) => file.entry));
  return files.map((file) => ({ ...file, name: file.entry.slice(wrapped) }));
}

/** The entry's name, or a stand-in by number where the name cannot be shown; faults go to the list. */
function judge(record: ZipRecord, at: number, limits: typeof zipDefaults, faults: FaultList): string {
  const name = plainName(record.nameBytes);
  const where = { file: name ?? `entry ${at + 1}` };
  const add = (code: FaultCode) => faults.add(code, where);
  if (name === undefined) add("zip_bad_name");
  if ((record.flags & 0x2041) !== 0) add("zip_encrypted");
  else if (record.method !== 0 && record.method !== 8) add("zip_method");
  const type = record.unixMode & 0o170000;
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) add("zip_link");
  if (name !== undefined && !limits.archivesAllowed && isArchiveName(name)) add("zip_nested");
  if (record.bytes > limits.entryBytesMax) add("zip_too_large");
  if (record.bytes > ratioFromBytes && record.bytes > record.packedBytes * limits.ratioMax) add("zip_ratio");
  const isStored = record.method === 0 && record.bytes !== record.packedBytes;
  if (record.disk !== 0 || isStored || (where.file.endsWith("/") && record.bytes > 0)) add("zip_damaged");
  return where.file;
}

function addDuplicates(names: readonly string[], faults: FaultList): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = caseKey(name);
    if (seen.has(key)) faults.add("zip_duplicate_name", { file: name });
    seen.add(key);
  }
}

/** Each entry must end before the next one, and the last before the directory. Answers where each one must end. */
function addOverlaps(
  { records, offset }: ZipDirectory,
  names: readonly string[],
  faults: FaultList,
): number[] {
  const order = records
    .map((_, at) => at)
    .sort((a, b) => (records[a]?.offset ?? 0) - (records[b]?.offset ?? 0));
  const ends = new Array<number>(records.length).fill(offset);
  order.forEach((at, rank) => {
    const record = records[at] as ZipRecord;
    const next = order[rank + 1];
    const end = next === undefined ? offset : Math.min(offset, records[next]?.offset ?? offset);
    ends[at] = end;
    const least = record.offset + local + record.nameBytes.length + record.packedBytes;
    if (least > end) faults.add("zip_overlap", { file: names[at] ?? "" });
  });
  return ends;
}

/** How many characters every name begins with, if all lie in one folder; otherwise 0. */
function wrappingFolder(names: readonly string[]): number {
  const first = names[0] ?? "";
  const length = first.indexOf("/") + 1;
  return names.every((name) => name.startsWith(first.slice(0, length))) ? length : 0;
}

async function expand(
  source: ByteSource,
  record: ZipRecord,
  end: number,
  damaged: () => ScoringError,
): Promise<Uint8Array> {
  const start = await dataStart(source, record, end, damaged);
  const packed = await source.read(start, record.packedBytes);
  const bytes = record.method === 0 ? packed : await inflateEntry(packed, record, damaged);
  if (bytes.length !== record.bytes) throw damaged();
  if (record.method === 0 && (await crc32(bytes)) !== record.crc) throw damaged();
  return bytes;
}

/** Where an entry's data begins: behind its own header, which must say what the directory says. */
async function dataStart(
  source: ByteSource,
  record: ZipRecord,
  end: number,
  damaged: () => ScoringError,
): Promise<number> {
  const header = await source.read(record.offset, local + record.nameBytes.length);
  const sameName = record.nameBytes.every((byte, at) => header[local + at] === byte);
  if (u32(header, 0) !== localSignature || u16(header, 8) !== record.method || !sameName) throw damaged();
  if (u16(header, 26) !== record.nameBytes.length || (u16(header, 6) & 0x2041) !== 0) throw damaged();
  const start = record.offset + local + record.nameBytes.length + u16(header, 28);
  if (start + record.packedBytes > end) throw damaged();
  return start;
}

async function inflateEntry(
  packed: Uint8Array,
  { bytes, crc }: ZipRecord,
  damaged: () => ScoringError,
): Promise<Uint8Array> {
  const inflate = await platformInflate();
  const out = new GatherSink(sizeGuess(packed, bytes, bytes), bytes);
  try {
    const inflated = inflate(packed, out, bytes);
    if (inflated.consumed === packed.length && inflated.crc === crc) return out.bytes;
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
  }
  throw damaged();
}
