/** Rows of a 4×4 matrix that takes a voxel index (x, y, z, 1) to a position. */
export type Affine = readonly (readonly number[])[];

/**
 * NIfTI "method 2": a unit quaternion of which b, c, d are stored, the spacing per axis, and `qfac` (pixdim[0]) that
 * turns z round if negative. Operations in nibabel's order, so that the last bits agree with it.
 */
export function quaternionAffine(
  [b = 0, c = 0, d = 0]: readonly number[],
  offset: readonly number[],
  spacing: readonly number[],
  qfac: number,
): Affine {
  const rest = 1 - (b * b + c * c + d * d);
  const a = Math.sqrt(Math.max(0, rest));
  const norm = a * a + b * b + c * c + d * d;
  const s = 2 / norm;
  const [bs, cs, ds] = [b * s, c * s, d * s];
  const rotation = [
    [1 - (c * cs + d * ds), b * cs - a * ds, b * ds + a * cs],
    [b * cs + a * ds, 1 - (b * bs + d * ds), c * ds - a * bs],
    [b * ds - a * cs, c * ds + a * bs, 1 - (b * bs + c * cs)],
  ];
  const sizes = [spacing[0] ?? 1, spacing[1] ?? 1, (spacing[2] ?? 1) * (qfac < 0 ? -1 : 1)];
  const rows = rotation.map((row, axis) => [
    ...row.map((value, column) => value * (sizes[column] as number)),
    offset[axis] ?? 0,
  ]);
  return [...rows, [0, 0, 0, 1]];
}

/** Neither form given (NIfTI "method 1"): centred, x to the left, as nibabel takes it. */
export function baseAffine(shape: readonly number[], spacing: readonly number[]): Affine {
  const rows = [0, 1, 2].map((axis) => {
    const step = (spacing[axis] ?? 1) * (axis === 0 ? -1 : 1);
    const row = [0, 0, 0, -(((shape[axis] ?? 1) - 1) / 2) * step];
    row[axis] = step;
    return row;
  });
  return [...rows, [0, 0, 0, 1]];
}

/** The position of a voxel index. */
export function place(
  affine: Affine,
  [x, y, z]: readonly [number, number, number],
): [number, number, number] {
  const at = (row: readonly number[] = []) =>
    (row[0] ?? 0) * x + (row[1] ?? 0) * y + (row[2] ?? 0) * z + (row[3] ?? 0);
  return [at(affine[0]), at(affine[1]), at(affine[2])];
}

/** The direction cosines that an index step along each axis has in space; a column of zeros stays zeros. */
export function column(affine: Affine, axis: number): [number, number, number] {
  return [affine[0]?.[axis] ?? 0, affine[1]?.[axis] ?? 0, affine[2]?.[axis] ?? 0];
}
