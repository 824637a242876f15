import { type Fault, fault, ScoringError } from "../errors.ts";
import { gunzip, gunzipHead, isGzip } from "./gzip.ts";
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

/**
 * A NIfTI-1 or NIfTI-2 image from one file, gzipped or not (told by its first bytes, not by its name).
 * Nothing is allocated before the header has been read and its size compared with the limit and with the file.
 */
export async function readNifti(file: Uint8Array, limits: NiftiLimits = {}): Promise<NiftiImage> {
  if (!isGzip(file)) return readPlain(file, limits);
  const head = await gunzipHead(file, niftiHeaderBytesMax);
  // A tiny image, or one whose first gzip member ends inside the header: read it whole, but only while it is small.
  if (head.length < niftiHeaderBytesMax)
    return readPlain(await gunzip(file, { bytesMax: oddFileBytesMax }), limits);
  const header = parseNiftiHeader(head);
  const need = header.voxOffset + bytesNeeded(header, limits);
  // Deflate cannot expand more than 1032 to 1, so a tiny file that promises a large image is refused unread.
  if (need > file.length * 1032 + 1024) throw truncated();
  return image(header, await gunzip(file, { bytesExpected: need, bytesMax: need + trailingBytesMax }), need);
}

function readPlain(file: Uint8Array, limits: NiftiLimits): NiftiImage {
  const header = parseNiftiHeader(file);
  return image(header, file, header.voxOffset + bytesNeeded(header, limits));
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

function image(header: NiftiHeader, bytes: Uint8Array, need: number): NiftiImage {
  if (bytes.length < need) throw truncated();
  const data = bytes.subarray(header.voxOffset, need);
  return { header, voxels: asVoxels(data, header), warnings: warningsOf(header) };
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

/** A view where the bytes lie right already, otherwise a copy in the machine's order. */
function asVoxels(data: Uint8Array, header: NiftiHeader): Voxels {
  const width = header.bytesPerVoxel;
  const swap = width > 1 && header.bigEndian === machineIsLittle;
  const lies = data.byteOffset % width === 0 && !swap ? data : data.slice();
  if (swap) swapBytes(lies, width);
  return new arrays[header.storedType](lies.buffer as ArrayBuffer, lies.byteOffset, lies.byteLength / width);
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

function truncated(): ScoringError {
  return new ScoringError("image_truncated");
}
