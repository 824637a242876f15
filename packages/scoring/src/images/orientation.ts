import { type FaultCode, ScoringError } from "../errors.ts";
import { type Affine, column, place } from "./affine.ts";
import type { Mask } from "./mask.ts";

/** For each axis of the reference: which axis of the other image runs along it, and whether the other way round. */
export interface Reorder {
  readonly axes: readonly [number, number, number];
  readonly flips: readonly [boolean, boolean, boolean];
}

export interface GeometryTolerance {
  /** How far the same corner may lie apart in the two images. 0.01 mm unless said otherwise. */
  readonly distanceMm?: number;
}

const cornersOf = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [bits & 1, (bits >> 1) & 1, bits >> 2] as const);

/** Where the voxels of an image lie. */
export type Geometry = Pick<Mask, "shape" | "spacing" | "affine">;

export const asIs: Reorder = { axes: [0, 1, 2], flips: [false, false, false] };

/**
 * How the other image's axes run along the reference's. Two files of one scan may store axes in another order or
 * direction, and their headers say so. Anything else (another shape, spacing, place or angle) is refused by name.
 */
export function reorderFor(reference: Geometry, other: Geometry, tolerance: GeometryTolerance = {}): Reorder {
  const distanceMm = tolerance.distanceMm ?? 0.01;
  if (reference.shape.length !== other.shape.length) throw mismatch("shape_mismatch");
  if (sameShape(reference, other, asIs) && fits(reference, other, asIs, distanceMm)) return asIs;
  const found = reorderBetween(reference.affine, other.affine);
  const leavesPlane = reference.shape.length === 2 && found?.axes[2] !== 2;
  const reorder = found === undefined || leavesPlane ? asIs : found;
  if (!sameShape(reference, other, reorder)) throw mismatch("shape_mismatch");
  if (!(spacingApart(reference, other, reorder) <= distanceMm)) throw mismatch("spacing_mismatch");
  if (!(apart(reference, other, reorder) <= distanceMm)) throw mismatch("orientation_mismatch");
  return reorder;
}

/** The other mask in the voxel order of the reference, or a fault; never silently compared in another order. */
export function inOrderOf<Image extends Geometry & Pick<Mask, "labels">>(
  reference: Geometry,
  other: Image,
  tolerance: GeometryTolerance = {},
): Image {
  const reorder = reorderFor(reference, other, tolerance);
  if (reorder === asIs) return other;
  return {
    ...other,
    labels: reordered(other.labels, full(other.shape), reorder),
    shape: reference.shape,
    spacing: reference.shape.map((_, axis) => other.spacing[reorder.axes[axis] ?? axis] as number),
    affine: reference.affine,
  };
}

/** Which axes run along which, by the largest cosine; nothing where the answer is not one-to-one. */
export function reorderBetween(reference: Affine, other: Affine): Reorder | undefined {
  const axes: number[] = [];
  const flips: boolean[] = [];
  for (let axis = 0; axis < 3; axis++) {
    const along = column(reference, axis);
    const cosines = [0, 1, 2].map((candidate) => cosine(along, column(other, candidate)));
    const best = cosines.reduce(
      (top, value, at) => (Math.abs(value) > Math.abs(cosines[top] ?? 0) ? at : top),
      0,
    );
    axes.push(best);
    flips.push((cosines[best] ?? 0) < 0);
  }
  if (new Set(axes).size < 3) return undefined;
  return { axes: axes as unknown as Reorder["axes"], flips: flips as unknown as Reorder["flips"] };
}

/** Copies the voxels so that axis `a` of the result is axis `axes[a]` of the input, turned round where `flips[a]`. */
export function reordered<Labels extends Uint8Array | Uint16Array>(
  labels: Labels,
  shape: readonly [number, number, number],
  { axes, flips }: Reorder,
): Labels {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const lengths = axes.map((axis) => shape[axis] as number) as [number, number, number];
  const steps = axes.map((axis, at) => (flips[at] ? -1 : 1) * (strides[axis] as number)) as [
    number,
    number,
    number,
  ];
  let start = 0;
  for (let at = 0; at < 3; at++)
    if (flips[at]) start -= (steps[at] as number) * ((lengths[at] as number) - 1);
  const out = (
    labels instanceof Uint8Array ? new Uint8Array(labels.length) : new Uint16Array(labels.length)
  ) as Labels;
  let to = 0;
  for (let z = 0; z < lengths[2]; z++) {
    for (let y = 0; y < lengths[1]; y++) {
      let from = start + z * steps[2] + y * steps[1];
      for (let x = 0; x < lengths[0]; x++, from += steps[0]) out[to++] = labels[from] as number;
    }
  }
  return out;
}

function full(shape: readonly number[]): [number, number, number] {
  return [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];
}

function fits(reference: Geometry, other: Geometry, reorder: Reorder, distanceMm: number): boolean {
  return (
    spacingApart(reference, other, reorder) <= distanceMm && apart(reference, other, reorder) <= distanceMm
  );
}

function sameShape(reference: Geometry, other: Geometry, reorder: Reorder): boolean {
  return reference.shape.every((length, axis) => length === other.shape[reorder.axes[axis] ?? axis]);
}

function spacingApart(reference: Geometry, other: Geometry, reorder: Reorder): number {
  const apartPerAxis = reference.spacing.map((size, axis) =>
    Math.abs(size - (other.spacing[reorder.axes[axis] ?? axis] as number)),
  );
  return Math.max(...apartPerAxis);
}

/** How far the farthest corner of the reference lies from the same corner of the other image, in mm. */
function apart(reference: Geometry, other: Geometry, { axes, flips }: Reorder): number {
  const last = full(reference.shape).map((length) => length - 1) as [number, number, number];
  let farthest = 0;
  for (const corner of cornersOf) {
    const here: [number, number, number] = [corner[0] * last[0], corner[1] * last[1], corner[2] * last[2]];
    const there: [number, number, number] = [0, 0, 0];
    for (let axis = 0; axis < 3; axis++) {
      const at = here[axis] as number;
      there[axes[axis] as number] = flips[axis] ? (last[axis] as number) - at : at;
    }
    const [a, b] = [place(reference.affine, here), place(other.affine, there)];
    farthest = Math.max(farthest, Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));
  }
  return farthest;
}

function cosine(a: readonly [number, number, number], b: readonly [number, number, number]): number {
  const product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const squares = (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) * (b[0] * b[0] + b[1] * b[1] + b[2] * b[2]);
  return squares === 0 ? 0 : product / Math.sqrt(squares);
}

function mismatch(code: FaultCode): ScoringError {
  return new ScoringError(code);
}
