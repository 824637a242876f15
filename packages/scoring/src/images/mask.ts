import { type Fault, ScoringError } from "../errors.ts";
import type { Affine } from "./affine.ts";
import { isSwapped, type NiftiImage, type NiftiLimits, readNifti, type Voxels } from "./nifti.ts";
import { isScaled, type NiftiHeader } from "./nifti-header.ts";

/** A label image: 0 is background, every other number a label. 2-D or 3-D, x fastest. */
export interface Mask {
  readonly labels: Uint8Array | Uint16Array;
  /** Two or three axes. */
  readonly shape: readonly number[];
  /** Millimetres, one number per axis of `shape`. */
  readonly spacing: readonly number[];
  /** Voxel index to position in millimetres. */
  readonly affine: Affine;
  readonly warnings: readonly Fault[];
}

export interface MaskLimits extends NiftiLimits {
  /** The largest label allowed; 65,535 unless said otherwise. */
  readonly labelMax?: number;
}

/** Reads a NIfTI file as a mask. Every voxel must be a whole number from 0 to `labelMax`: 1.000001 is not label 1. */
export async function readMask(file: Uint8Array, limits: MaskLimits = {}): Promise<Mask> {
  return toMask(await readNifti(file, limits), limits);
}

export function toMask(image: NiftiImage, limits: MaskLimits = {}): Mask {
  const geometry = geometryOf(image.header);
  const labels = labelsOf(image, Math.min(65535, limits.labelMax ?? 65535));
  return { labels, ...geometry, warnings: image.warnings };
}

/** 1 where the label is one of these, 0 elsewhere: several labels as one region. */
export function onlyLabels(labels: Mask["labels"], chosen: readonly number[]): Uint8Array {
  const inside = new Uint8Array(65536);
  for (const label of chosen) inside[label] = 1;
  const only = new Uint8Array(labels.length);
  for (let at = 0; at < only.length; at++) only[at] = inside[labels[at] as number] as number;
  return only;
}

/** Where the voxels of a mask lie, in millimetres, two or three axes. Throws `image_not_3d` for more. */
export function geometryOf(header: NiftiHeader): Pick<Mask, "shape" | "spacing" | "affine"> {
  const axes = Math.max(2, Math.min(3, header.shape.length));
  if (header.shape.slice(3).some((length) => length > 1)) {
    throw new ScoringError("image_not_3d", undefined, { field: "dim[0]" });
  }
  const unit = header.xyztUnits === 1 ? 1000 : header.xyztUnits === 3 ? 0.001 : 1;
  const padded = (values: readonly number[], fill: number) => [...values, fill].slice(0, axes);
  return {
    shape: padded(header.shape, 1),
    spacing: padded(header.spacing, 1).map((size) => size * unit),
    affine: unit === 1 ? header.affine : scaledAffine(header.affine, unit),
  };
}

function scaledAffine(affine: Affine, unit: number): Affine {
  return affine.map((row, index) => (index < 3 ? row.map((value) => value * unit) : row));
}

/** How to take labels from the bytes of a file without looking at each. */
export interface PlainLabels {
  /** Of each voxel, to be read as an unsigned number. */
  readonly bytes: 1 | 2;
  /** What is larger is a negative number, or a label that is not allowed. */
  readonly max: number;
}

/** For files whose voxels are the labels as they lie there; nothing for all others. */
export function plainLabels(header: NiftiHeader, { labelMax = 65535 }: MaskLimits): PlainLabels | undefined {
  if (scales(header) || isSwapped(header)) return undefined;
  const max = { uint8: 255, int8: 127, uint16: 65535, int16: 32767 }[header.storedType as string];
  if (max === undefined) return undefined;
  return { bytes: header.bytesPerVoxel === 1 ? 1 : 2, max: Math.min(max, labelMax) };
}

function scales({ slope, inter }: NiftiHeader): boolean {
  return isScaled(slope) && !(slope === 1 && inter === 0);
}

function labelsOf({ header, voxels }: NiftiImage, labelMax: number): Uint8Array | Uint16Array {
  const scaled = scales(header);
  if (!scaled && voxels instanceof Uint8Array) return checked(voxels, labelMax);
  if (!scaled && voxels instanceof Uint16Array) return checked(voxels, labelMax);
  const slope = scaled ? header.slope : 1;
  const inter = scaled ? header.inter : 0;
  // One byte is enough for nearly every mask; the rare larger label starts the copy again with two.
  return (
    converted(voxels, slope, inter, new Uint8Array(voxels.length), Math.min(labelMax, 255)) ??
    converted(voxels, slope, inter, new Uint16Array(voxels.length), labelMax) ??
    refuse(voxels, slope, inter, labelMax)
  );
}

function checked<Labels extends Uint8Array | Uint16Array>(labels: Labels, labelMax: number): Labels {
  if (labelMax >= (labels.BYTES_PER_ELEMENT === 1 ? 255 : 65535)) return labels;
  let worst = 0;
  for (let at = 0; at < labels.length; at++) worst = Math.max(worst, labels[at] as number);
  return worst <= labelMax ? labels : refuse(labels, 1, 0, labelMax);
}

/** Writes the labels into `out`, or answers nothing as soon as one does not fit. */
function converted<Labels extends Uint8Array | Uint16Array>(
  voxels: Voxels,
  slope: number,
  inter: number,
  out: Labels,
  max: number,
): Labels | undefined {
  if (voxels instanceof BigInt64Array || voxels instanceof BigUint64Array) {
    for (let at = 0; at < out.length; at++) {
      const value = Number(voxels[at]) * slope + inter;
      if (!(value >= 0 && value <= max && Math.floor(value) === value)) return undefined;
      out[at] = value;
    }
    return out;
  }
  for (let at = 0; at < out.length; at++) {
    const value = (voxels[at] as number) * slope + inter;
    if (!(value >= 0 && value <= max && Math.floor(value) === value)) return undefined;
    out[at] = value;
  }
  return out;
}

function refuse(voxels: Voxels, slope: number, inter: number, max: number): never {
  let index = 0;
  for (; index < voxels.length; index++) {
    const value = Number(voxels[index]) * slope + inter;
    if (!(value >= 0 && value <= max && Math.floor(value) === value)) break;
  }
  throw new ScoringError("image_bad_label", `A voxel is not a whole number from 0 to ${max}.`, {
    argument: "voxels",
    index,
  });
}
