import { type SeededRandom, seededRandom } from "@medforge/scoring/statistics/random";

import { type Ellipsoid, grown, isIn, type Point, paint, separate } from "./ellipsoid.ts";

/**
 * A made-up abdomen: a body with a spine, and in it one organ with vessels and lesions. Only sums, products and
 * comparisons of doubles and a seeded stream of whole numbers, so every engine makes the same bytes.
 */
export interface Phantom {
  readonly id: string;
  readonly shape: readonly [number, number, number];
  /** Millimetres. */
  readonly spacing: Point;
  /** Hounsfield units, x fastest. */
  readonly image: Int16Array;
  /** 0 neither, 1 organ, 2 lesion. */
  readonly labels: Uint8Array;
  readonly lesions: number;
}

const hounsfield = { air: -1000, body: 15, spine: 400, organ: 120, vessel: 190 };
/** How much darker than the organ a lesion is. */
const lesionContrast = { min: 35, max: 75 };
const triesMax = 300;
/** Between any two lesions, so that each is a component of its own. */
const lesionGapMm = 9;

export function phantom(id: string, lesionsWanted: number): Phantom {
  const random = seededRandom(`phantom-lesion-segmentation/v1/${id}`);
  const between = (min: number, max: number) => min + random.unit() * (max - min);
  const shape = [80 + 4 * random.below(5), 68 + 4 * random.below(4), 20 + random.below(9)] as const;
  const inPlane = (16 + random.below(7)) / 10;
  const spacing: Point = [inPlane, inPlane, (8 + random.below(5)) / 2];
  const size: Point = [shape[0] * spacing[0], shape[1] * spacing[1], shape[2] * spacing[2]];
  const at = (x: number, y: number, z: number): Point => [x * size[0], y * size[1], z * size[2]];

  // Longer than the image: a scan sees a piece of a body.
  const body = { centre: at(0.5, 0.5, 0.5), radii: at(0.46, 0.42, 3) };
  const spine = { centre: at(0.5, 0.76, 0.5), radii: at(0.07, 0.09, 3) };
  const organ = {
    centre: at(between(0.34, 0.4), between(0.42, 0.48), between(0.45, 0.55)),
    radii: at(between(0.22, 0.26), between(0.24, 0.28), between(0.36, 0.44)),
  };
  const vessels = Array.from({ length: 3 }, () => ({
    centre: inside(organ, random),
    radii: [between(2, 4), between(2, 4), between(15, 40)] as const,
  }));
  const lesions = placeLesions(organ, lesionsWanted, random);

  const grid = { shape, spacing };
  const image = new Int16Array(shape[0] * shape[1] * shape[2]).fill(hounsfield.air);
  const labels = new Uint8Array(image.length);
  const fill = (value: number) => (voxel: number) => {
    image[voxel] = value;
  };
  paint(grid, body, fill(hounsfield.body));
  paint(grid, spine, fill(hounsfield.spine));
  paint(grid, organ, (voxel) => {
    image[voxel] = hounsfield.organ;
    labels[voxel] = 1;
  });
  for (const vessel of vessels) {
    paint(grid, vessel, (voxel) => {
      if (labels[voxel] === 1) image[voxel] = hounsfield.vessel;
    });
  }
  for (const lesion of lesions) {
    const value =
      hounsfield.organ - lesionContrast.min - random.below(lesionContrast.max - lesionContrast.min);
    paint(grid, lesion, (voxel) => {
      if (labels[voxel] === 0) return;
      image[voxel] = value;
      labels[voxel] = 2;
    });
  }
  addNoise(image, random);
  return { id, shape, spacing, image, labels, lesions: lesions.length };
}

function placeLesions(organ: Ellipsoid, wanted: number, random: SeededRandom): Ellipsoid[] {
  const placed: Ellipsoid[] = [];
  for (let tries = 0; placed.length < wanted && tries < triesMax; tries++) {
    const centre = inside(organ, random);
    const radius = () => 4 + random.below(90) / 10;
    const lesion = { centre, radii: [radius(), radius(), radius() + 2] as const };
    const fits = isIn(grown(organ, -0.15), centre);
    if (fits && placed.every((other) => separate(lesion, other, lesionGapMm))) placed.push(lesion);
  }
  return placed;
}

/** A point in the ellipsoid's middle, in millimetres. */
function inside({ centre, radii }: Ellipsoid, random: SeededRandom): Point {
  const along = (axis: 0 | 1 | 2) => centre[axis] + (random.unit() - 0.5) * 1.5 * radii[axis];
  return [along(0), along(1), along(2)];
}

/** Nearly Gaussian, of 18 Hounsfield units: the sum of four bytes of one random word. */
function addNoise(image: Int16Array, random: SeededRandom): void {
  for (let voxel = 0; voxel < image.length; voxel++) {
    const word = random.below(2 ** 32);
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    image[voxel] = Math.max(hounsfield.air - 24, (image[voxel] as number) + ((sum - 510) >> 3));
  }
}
