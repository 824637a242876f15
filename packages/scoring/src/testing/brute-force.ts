import { classAreas, lineClasses, surfaceClasses } from "../kernels/areas.ts";
import type { SurfaceDefinition } from "../kernels/surface.ts";

/** A piece of a surface: a voxel, or a corner between voxels with its area. */
export interface SurfaceElement {
  readonly at: readonly [number, number, number];
  readonly weight: number;
}

export type Triple = readonly [number, number, number];

/** What the kernels must find, written down as directly as possible. */
export function elementsOf(
  mask: Uint8Array,
  shape: readonly number[],
  spacing: Triple,
  definition: SurfaceDefinition,
): SurfaceElement[] {
  const [nx = 1, ny = 1, nz = 1] = shape;
  const flat = shape.length === 2;
  const has = (x: number, y: number, z: number) =>
    x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz && mask[(z * ny + y) * nx + x] !== 0;
  const classes = flat ? lineClasses() : surfaceClasses();
  const areas = classAreas(classes, flat ? [spacing[0], spacing[1], 1] : spacing);
  const found: SurfaceElement[] = [];
  for (let z = 0; z <= (flat ? 0 : nz); z++) {
    for (let y = 0; y <= ny; y++) {
      for (let x = 0; x <= nx; x++) {
        if (definition === "voxel") {
          if (!has(x, y, z)) continue;
          const inner =
            has(x - 1, y, z) &&
            has(x + 1, y, z) &&
            has(x, y - 1, z) &&
            has(x, y + 1, z) &&
            (flat || (has(x, y, z - 1) && has(x, y, z + 1)));
          if (!inner) found.push({ at: [x, y, z], weight: 1 });
          continue;
        }
        let code = 0;
        for (let i = 0; i < 8; i++) {
          const before = (bit: number) => 1 - ((i >> bit) & 1);
          if (has(x - before(2), y - before(1), flat ? z : z - before(0))) code |= 128 >> i;
        }
        if (code === 0 || code === 255) continue;
        found.push({ at: [x, y, z], weight: areas[classes.ofCode[code] as number] as number });
      }
    }
  }
  return found;
}

/** Squared distance of every element of `from` to the nearest of `to`, mm²: float64, each with each. */
export function nearestSquares(
  from: readonly SurfaceElement[],
  to: readonly SurfaceElement[],
  [sx, sy, sz]: Triple,
): Float64Array {
  const targets = Float64Array.from(to.flatMap(({ at }) => at));
  const squares = new Float64Array(from.length);
  for (const [i, { at }] of from.entries()) squares[i] = nearestSquare(targets, ...at, sx, sy, sz);
  return squares;
}

function nearestSquare(
  targets: Float64Array,
  x: number,
  y: number,
  z: number,
  sx: number,
  sy: number,
  sz: number,
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < targets.length; i += 3) {
    const dx = ((targets[i] as number) - x) * sx;
    const dy = ((targets[i + 1] as number) - y) * sy;
    const dz = ((targets[i + 2] as number) - z) * sz;
    const square = dx * dx + dy * dy + dz * dz;
    if (square < best) best = square;
  }
  return best;
}
