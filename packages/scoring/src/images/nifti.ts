import { type Fault, fault, ScoringError } from "../errors.ts";
import { GatherSink, pour, type Sink } from "../sink.ts";
import { gunzip, gunzipHead, gunzipTo, isGzip } from "./gzip.ts";
import {
  isScaled,
  type NiftiHeader,
  niftiHeaderBytesMax,
  parseNiftiHeader,
  type StoredType,
} from "./nifti-header.ts";

export type Voxels =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface NiftiImage {
  readonly header: NiftiHeader;
  /** As stored, in file order (x fastest), in the machine's byte order, not scaled. */
  readonly voxels: Voxels;
  readonly warnings: readonly Fault[];
}

export interface NiftiLimits {
  /** 1024³ unless said otherwise. */
  readonly voxelsMax?: number;
}

/** What may follow the voxels before the file counts as a bomb; some writers pad to a block. */
const trailingBytesMax = 1 << 20;
const oddFileBytesMax = 1 << 28;

/** A file whose header has been read and believed, and whose voxels have not been touched. */
export interface NiftiFile {
  readonly header: NiftiHeader;
  readonly warnings: readonly Fault[];
  /** Gives the sink the bytes of all voxels, as stored. What it has got counts only once this has resolved. */
  pour(sink: Sink): Promise<void>;
}

/**
 * A NIfTI-1 or NIfTI-2 file, gzipped or not (told by its first bytes, not by its name).
 * Nothing is allocated before the header has been read and its size compared with the limit and with the file.
 */
export async function openNifti(file: Uint8Array, limits: NiftiLimits = {}): Promise<NiftiFile> {
  if (!isGzip(file)) return openPlain(file, limits);
  const head = await gunzipHead(file, niftiHeaderBytesMax);
  // A tiny image, or one whose first gzip member ends inside the header: read it whole, but only while it is small.
  if (head.length < niftiHeaderBytesMax)
    return openPlain(await gunzip(file, { bytesMax: oddFileBytesMax }), limits);
  const header = parseNiftiHeader(head);
  const count = bytesNeeded(header, limits);
  const need = header.voxOffset + count;
  // Deflate cannot expand more than 1032 to 1, so a tiny file that promises a large image is refused unread.
  if (need > file.length * 1032 + 1024) throw truncated();
  return {
    header,
    warnings: warningsOf(header),
    async pour(sink) {
      const voxels = new SliceSink(sink, header.voxOffset, count);
      await gunzipTo(file, voxels, need + trailingBytesMax);
      if (!voxels.complete) throw truncated();
    },
  };
}

function openPlain(file: Uint8Array, limits: NiftiLimits): NiftiFile {
  const header = parseNiftiHeader(file);
  const need = header.voxOffset + bytesNeeded(header, limits);
  if (file.length < need) throw truncated();
  return {
    header,
    warnings: warningsOf(header),
    async pour(sink) {
      pour(file.subarray(header.voxOffset, need), sink);
    },
  };
}

/** An image with all its voxels. */
export async function readNifti(file: Uint8Array, limits: NiftiLimits = {}): Promise<NiftiImage> {
  return voxelsOf(await openNifti(file, limits));
}

export async function voxelsOf({ header, warnings, pour }: NiftiFile): Promise<NiftiImage> {
  const bytes = header.shape.reduce((product, length) => product * length, header.bytesPerVoxel);
  const out = new GatherSink(bytes, bytes);
  await pour(out);
  return { header, voxels: asVoxels(out.bytes, header), warnings };
}

/** The header alone; of a gzipped file only the beginning is inflated. */
export async function readNiftiHeader(file: Uint8Array): Promise<NiftiHeader> {
  return parseNiftiHeader(isGzip(file) ? await gunzipHead(file, niftiHeaderBytesMax) : file);
}

/** All voxels as numbers, scaled by slope and intercept. 64-bit whole numbers beyond 2⁵³ lose their last digits. */
export function niftiValues({ header, voxels }: NiftiImage): Float64Array {
  const { slope, inter } = header;
  const out = new Float64Array(voxels.length);
  if (voxels instanceof BigInt64Array || voxels instanceof BigUint64Array) {
    for (let at = 0; at < out.length; at++) out[at] = Number(voxels[at]);
  } else {
    out.set(voxels);
  }
  if (!isScaled(slope) || (slope === 1 && inter === 0)) return out;
  for (let at = 0; at < out.length; at++) out[at] = (out[at] as number) * slope + inter;
  return out;
}

function bytesNeeded(header: NiftiHeader, limits: NiftiLimits): number {
  const voxels = header.shape.reduce((product, length) => product * length, 1);
  if (voxels > (limits.voxelsMax ?? 2 ** 30)) {
    throw new ScoringError("too_large", "The image has more voxels than allowed.", { field: "dim" });
  }
  return voxels * header.bytesPerVoxel;
}

function warningsOf(header: NiftiHeader): Fault[] {
  const warnings: Fault[] = [];
  if (header.affineSource === "pixdim") {
    warnings.push(
      fault("orientation_mismatch", { field: "sform_code" }, "The image says nothing of its orientation."),
    );
  }
  if (header.xyztUnits === 1 || header.xyztUnits === 3) {
    const unit = header.xyztUnits === 1 ? "metres" : "micrometres";
    warnings.push(fault("bad_spacing", { field: "xyzt_units" }, `The spacing is given in ${unit}.`));
  }
  return warnings;
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} satisfies Record<StoredType, unknown>;

const machineIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Whether the voxels lie in the other byte order than the machine's. */
export function isSwapped({ bytesPerVoxel, bigEndian }: NiftiHeader): boolean {
  return bytesPerVoxel > 1 && bigEndian === machineIsLittle;
}

/** In the machine's byte order. */
function asVoxels(bytes: Uint8Array<ArrayBuffer>, header: NiftiHeader): Voxels {
  const width = header.bytesPerVoxel;
  if (isSwapped(header)) swapBytes(bytes, width);
  return new arrays[header.storedType](bytes.buffer, bytes.byteOffset, bytes.byteLength / width);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      const byte = bytes[low] as number;
      bytes[low] = bytes[high] as number;
      bytes[high] = byte;
    }
  }
}

/** Passes on the bytes of a stretch and drops those before and after it. */
class SliceSink implements Sink {
  readonly #sink: Sink;
  readonly #start: number;
  readonly #end: number;
  #at = 0;
  readonly #dropped = new Uint8Array(1 << 14);

  constructor(sink: Sink, start: number, count: number) {
    this.#sink = sink;
    this.#start = start;
    this.#end = start + count;
  }

  get complete(): boolean {
    return this.#at >= this.#end;
  }

  room(): Uint8Array {
    if (this.#at < this.#start) return this.#dropped.subarray(0, this.#start - this.#at);
    if (this.#at >= this.#end) return this.#dropped;
    return this.#sink.room().subarray(0, this.#end - this.#at);
  }

  filled(count: number): void {
    if (this.#at >= this.#start && this.#at < this.#end) this.#sink.filled(count);
    this.#at += count;
  }
}

function truncated(): ScoringError {
  return new ScoringError("image_truncated");
}
