import { type FaultCode, ScoringError } from "../errors.ts";
import { type Affine, baseAffine, quaternionAffine } from "./affine.ts";

export type StoredType =
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float32"
  | "float64";

/** The codes of nifti1.h for real numbers of one part; complex, RGB, binary and 128-bit types are refused. */
const storedTypes: Readonly<Record<number, readonly [StoredType, number]>> = {
  2: ["uint8", 1],
  4: ["int16", 2],
  8: ["int32", 4],
  16: ["float32", 4],
  64: ["float64", 8],
  256: ["int8", 1],
  512: ["uint16", 2],
  768: ["uint32", 4],
  1024: ["int64", 8],
  1280: ["uint64", 8],
};

/** What a NIfTI header says, in file order (x fastest). Source: nifti1.h and nifti2.h, nifti.nimh.nih.gov. */
export interface NiftiHeader {
  readonly nifti: 1 | 2;
  readonly bigEndian: boolean;
  /** One number per axis, as many as `dim[0]` says, each at least 1. */
  readonly shape: readonly number[];
  readonly storedType: StoredType;
  readonly bytesPerVoxel: number;
  /** `pixdim` per axis, in the file's own unit, made positive on the axes of space. */
  readonly spacing: readonly number[];
  /** Voxel index to position, 4×4, in the file's own unit. */
  readonly affine: Affine;
  readonly affineSource: "sform" | "qform" | "pixdim";
  readonly sformCode: number;
  readonly qformCode: number;
  /** The raw header fields; a slope of 0 or NaN means that values are not scaled. */
  readonly slope: number;
  readonly inter: number;
  /** Low three bits of `xyzt_units`: 0 unknown, 1 metre, 2 millimetre, 3 micrometre. */
  readonly xyztUnits: number;
  readonly voxOffset: number;
}

export const niftiHeaderBytesMax = 540;

/** Reads 348 (NIfTI-1) or 540 bytes (NIfTI-2). Throws a ScoringError that names the header field. */
export function parseNiftiHeader(bytes: Uint8Array): NiftiHeader {
  if (bytes.length < 348) throw bad("image_truncated", "sizeof_hdr", "The file ends inside the header.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getInt32(0, true);
  const big = view.getInt32(0, false);
  if (little === 348 || big === 348) return parse(fields1(view, little === 348));
  if (little !== 540 && big !== 540) throw bad("image_not_nifti", "sizeof_hdr");
  if (bytes.length < 540) throw bad("image_truncated", "sizeof_hdr", "The file ends inside the header.");
  return parse(fields2(view, little === 540));
}

/** The fields that both versions have, read but not yet judged. */
interface Fields {
  readonly nifti: 1 | 2;
  readonly bigEndian: boolean;
  readonly magic: string;
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly pixdim: readonly number[];
  readonly voxOffset: number;
  readonly slope: number;
  readonly inter: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: readonly number[];
  readonly offset: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

function fields1(view: DataView, little: boolean): Fields {
  const floats = (at: number, count: number) => list(count, (i) => view.getFloat32(at + 4 * i, little));
  return {
    nifti: 1,
    bigEndian: !little,
    magic: ascii(view, 344, 4),
    dim: list(8, (i) => view.getInt16(40 + 2 * i, little)),
    datatype: view.getInt16(70, little),
    pixdim: floats(76, 8),
    voxOffset: view.getFloat32(108, little),
    slope: view.getFloat32(112, little),
    inter: view.getFloat32(116, little),
    units: view.getUint8(123),
    qformCode: view.getInt16(252, little),
    sformCode: view.getInt16(254, little),
    quaternion: floats(256, 3),
    offset: floats(268, 3),
    rows: [floats(280, 4), floats(296, 4), floats(312, 4)],
  };
}

function fields2(view: DataView, little: boolean): Fields {
  const floats = (at: number, count: number) => list(count, (i) => view.getFloat64(at + 8 * i, little));
  return {
    nifti: 2,
    bigEndian: !little,
    magic: ascii(view, 4, 4),
    dim: list(8, (i) => Number(view.getBigInt64(16 + 8 * i, little))),
    datatype: view.getInt16(12, little),
    pixdim: floats(104, 8),
    voxOffset: Number(view.getBigInt64(168, little)),
    slope: view.getFloat64(176, little),
    inter: view.getFloat64(184, little),
    units: view.getInt32(500, little),
    qformCode: view.getInt32(344, little),
    sformCode: view.getInt32(348, little),
    quaternion: floats(352, 3),
    offset: floats(376, 3),
    rows: [floats(400, 4), floats(432, 4), floats(464, 4)],
  };
}

function parse(fields: Fields): NiftiHeader {
  if (fields.magic === `ni${fields.nifti}\0`) {
    throw bad(
      "not_supported",
      "magic",
      "Header and voxels are two files; save the image as one .nii or .nii.gz.",
    );
  }
  if (fields.magic !== `n+${fields.nifti}\0`) throw bad("image_not_nifti", "magic");
  const axes = fields.dim[0] ?? 0;
  if (axes < 1 || axes > 7) throw bad("image_bad_header", "dim[0]", "An image has 1 to 7 axes.");
  const shape = fields.dim.slice(1, 1 + axes);
  const zero = shape.findIndex((length) => !Number.isSafeInteger(length) || length < 1);
  if (zero >= 0) throw bad("image_bad_header", `dim[${zero + 1}]`, "An axis has a length below 1.");
  const type = storedTypes[fields.datatype];
  if (type === undefined) throw bad("image_bad_type", "datatype");
  if (!Number.isSafeInteger(fields.voxOffset) || fields.voxOffset < (fields.nifti === 1 ? 352 : 544)) {
    throw bad("image_bad_header", "vox_offset", "The voxels begin inside the header or at no whole byte.");
  }
  const scaled = isScaled(fields.slope);
  if (scaled && !Number.isFinite(fields.slope)) throw bad("image_bad_header", "scl_slope");
  if (scaled && !Number.isFinite(fields.inter)) throw bad("image_bad_header", "scl_inter");
  return {
    nifti: fields.nifti,
    bigEndian: fields.bigEndian,
    shape,
    storedType: type[0],
    bytesPerVoxel: type[1],
    spacing: spacingOf(fields.pixdim.slice(1, 1 + axes)),
    ...affineOf(fields, shape),
    sformCode: fields.sformCode,
    qformCode: fields.qformCode,
    slope: fields.slope,
    inter: fields.inter,
    xyztUnits: fields.units & 7,
    voxOffset: fields.voxOffset,
  };
}

export function isScaled(slope: number): boolean {
  return slope !== 0 && !Number.isNaN(slope);
}

/** A negative spacing is a sign that some writers put where the affine belongs; its size is meant, as nibabel reads it. */
function spacingOf(pixdim: readonly number[]): number[] {
  return pixdim.map((size, axis) => {
    if (axis >= 3) return size;
    if (!Number.isFinite(size) || size === 0) throw bad("bad_spacing", `pixdim[${axis + 1}]`);
    return Math.abs(size);
  });
}

function affineOf(
  fields: Fields,
  shape: readonly number[],
): { affine: Affine; affineSource: "sform" | "qform" | "pixdim" } {
  const spacing = [1, 2, 3].map((axis) =>
    axis <= shape.length ? Math.abs(fields.pixdim[axis] as number) : 1,
  );
  const source = fields.sformCode > 0 ? "sform" : fields.qformCode > 0 ? "qform" : "pixdim";
  const affine =
    source === "sform"
      ? [...fields.rows, [0, 0, 0, 1]]
      : source === "qform"
        ? quaternionAffine(fields.quaternion, fields.offset, spacing, fields.pixdim[0] ?? 1)
        : baseAffine(shape, spacing);
  if (!affine.every((row) => row.every(Number.isFinite))) {
    throw bad(
      "image_bad_header",
      source === "sform" ? "srow_x" : source === "qform" ? "quatern_b" : "pixdim",
    );
  }
  return { affine, affineSource: source };
}

function list(count: number, at: (index: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => at(index));
}

function ascii(view: DataView, at: number, count: number): string {
  return String.fromCharCode(...list(count, (i) => view.getUint8(at + i))).replace(/\0+$/, "\0");
}

function bad(code: FaultCode, field: string, message?: string): ScoringError {
  return new ScoringError(code, message, { field });
}
