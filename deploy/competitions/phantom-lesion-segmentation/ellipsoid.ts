/** x, y, z in millimetres. */
export type Point = readonly [number, number, number];

export interface Ellipsoid {
  readonly centre: Point;
  readonly radii: Point;
}

export interface Grid {
  readonly shape: readonly [number, number, number];
  readonly spacing: Point;
}

export function isIn(ellipsoid: Ellipsoid, [x, y, z]: Point): boolean {
  const { centre, radii } = ellipsoid;
  return (
    squared((x - centre[0]) / radii[0]) +
      squared((y - centre[1]) / radii[1]) +
      squared((z - centre[2]) / radii[2]) <=
    1
  );
}

/** The same with radii that are larger by this share. */
export function grown({ centre, radii }: Ellipsoid, share: number): Ellipsoid {
  const by = 1 + share;
  return { centre, radii: [radii[0] * by, radii[1] * by, radii[2] * by] };
}

/** Whether even the spheres around both are apart by the gap. */
export function separate(a: Ellipsoid, b: Ellipsoid, gapMm: number): boolean {
  const apart = Math.max(...a.radii) + Math.max(...b.radii) + gapMm;
  const [dx, dy, dz] = [a.centre[0] - b.centre[0], a.centre[1] - b.centre[1], a.centre[2] - b.centre[2]];
  return squared(dx) + squared(dy) + squared(dz) >= squared(apart);
}

/** Calls `visit` with the number of every voxel whose centre lies inside. */
export function paint({ shape, spacing }: Grid, ellipsoid: Ellipsoid, visit: (voxel: number) => void): void {
  const { centre, radii } = ellipsoid;
  const [fromX, toX] = reach(shape[0], spacing[0], centre[0], radii[0]);
  const [fromY, toY] = reach(shape[1], spacing[1], centre[1], radii[1]);
  const [fromZ, toZ] = reach(shape[2], spacing[2], centre[2], radii[2]);
  for (let z = fromZ; z < toZ; z++) {
    const awayZ = squared((z * spacing[2] - centre[2]) / radii[2]);
    for (let y = fromY; y < toY; y++) {
      const away = awayZ + squared((y * spacing[1] - centre[1]) / radii[1]);
      for (let x = fromX; x < toX; x++) {
        if (away + squared((x * spacing[0] - centre[0]) / radii[0]) <= 1)
          visit((z * shape[1] + y) * shape[0] + x);
      }
    }
  }
}

/** First voxel along one axis that the ellipsoid may reach, and the one after the last. */
function reach(length: number, spacing: number, centre: number, radius: number): [number, number] {
  const from = Math.max(0, Math.floor((centre - radius) / spacing));
  return [from, Math.min(length, Math.ceil((centre + radius) / spacing) + 1)];
}

function squared(value: number): number {
  return value * value;
}
