import { ScoringError } from "../errors.ts";
import type { Affine } from "./affine.ts";
import type { Voxels } from "./nifti.ts";

export interface NiftiToWrite {
  readonly voxels: Voxels;
  /** One to seven axes, x fastest. */
  readonly shape: readonly number[];
  /** Millimetres, one per axis. */
  readonly spacing: readonly number[];
  /** Written as the sform; a plain scaling by the spacing unless given. */
  readonly affine?: Affine;
  readonly nifti?: 1 | 2;
  readonly bigEndian?: boolean;
  readonly slope?: number;
  readonly inter?: number;
}

/** A single-file NIfTI image. The same input gives the same bytes; gzip it with `gzip` for .nii.gz. */
export function writeNifti(image: NiftiToWrite): Uint8Array {
  const count = image.shape.reduce((product, length) => product * length, 1);
  if (count !== image.voxels.length)
    throw new ScoringError("length_mismatch", undefined, { argument: "voxels" });
  const offset = image.nifti === 2 ? 544 : 352;
  const width = image.voxels.BYTES_PER_ELEMENT;
  const out = new Uint8Array(offset + count * width);
  const view = new DataView(out.buffer);
  if (image.nifti === 2) writeHeader2(view, image, width);
  else writeHeader1(view, image, width);
  writeVoxels(view, offset, image);
  return out;
}

function writeHeader1(view: DataView, image: NiftiToWrite, width: number): void {
  const little = image.bigEndian !== true;
  view.setInt32(0, 348, little);
  dims(image).forEach((length, i) => {
    view.setInt16(40 + 2 * i, length, little);
  });
  view.setInt16(70, datatypeOf(image.voxels), little);
  view.setInt16(72, width * 8, little);
  pixdims(image).forEach((size, i) => {
    view.setFloat32(76 + 4 * i, size, little);
  });
  view.setFloat32(108, 352, little);
  view.setFloat32(112, image.slope ?? 1, little);
  view.setFloat32(116, image.inter ?? 0, little);
  view.setUint8(123, 2);
  view.setInt16(254, 2, little);
  affineRows(image).forEach((value, i) => {
    view.setFloat32(280 + 4 * i, value, little);
  });
  writeAscii(view, 344, "n+1\0");
}

function writeHeader2(view: DataView, image: NiftiToWrite, width: number): void {
  const little = image.bigEndian !== true;
  view.setInt32(0, 540, little);
  writeAscii(view, 4, "n+2\0\r\n\x1a\n");
  view.setInt16(12, datatypeOf(image.voxels), little);
  view.setInt16(14, width * 8, little);
  dims(image).forEach((length, i) => {
    view.setBigInt64(16 + 8 * i, BigInt(length), little);
  });
  pixdims(image).forEach((size, i) => {
    view.setFloat64(104 + 8 * i, size, little);
  });
  view.setBigInt64(168, 544n, little);
  view.setFloat64(176, image.slope ?? 1, little);
  view.setFloat64(184, image.inter ?? 0, little);
  view.setInt32(348, 2, little);
  affineRows(image).forEach((value, i) => {
    view.setFloat64(400 + 8 * i, value, little);
  });
  view.setInt32(500, 2, little);
}

function dims({ shape }: NiftiToWrite): number[] {
  return [shape.length, ...shape, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
}

function pixdims({ spacing }: NiftiToWrite): number[] {
  return [1, ...spacing, 1, 1, 1, 1, 1, 1, 1].slice(0, 8);
}

function affineRows({ affine, spacing }: NiftiToWrite): number[] {
  const rows =
    affine ?? [0, 1, 2].map((axis) => [0, 1, 2, 3].map((at) => (at === axis ? (spacing[axis] ?? 1) : 0)));
  return rows.slice(0, 3).flat();
}

function datatypeOf(voxels: Voxels): number {
  if (voxels instanceof Uint8Array) return 2;
  if (voxels instanceof Int8Array) return 256;
  if (voxels instanceof Uint16Array) return 512;
  if (voxels instanceof Int16Array) return 4;
  if (voxels instanceof Uint32Array) return 768;
  if (voxels instanceof Int32Array) return 8;
  if (voxels instanceof BigUint64Array) return 1280;
  if (voxels instanceof BigInt64Array) return 1024;
  return voxels instanceof Float32Array ? 16 : 64;
}

function writeVoxels(view: DataView, offset: number, { voxels, bigEndian }: NiftiToWrite): void {
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  const width = voxels.BYTES_PER_ELEMENT;
  const out = new Uint8Array(view.buffer, offset);
  const machineIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (width === 1 || (bigEndian !== true) === machineIsLittle) {
    out.set(bytes);
    return;
  }
  for (let at = 0; at < bytes.length; at++) {
    out[at - (at % width) + (width - 1 - (at % width))] = bytes[at] as number;
  }
}

function writeAscii(view: DataView, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
}
