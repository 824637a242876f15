import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { gzip } from "../src/images/gzip.ts";
import { writeNifti } from "../src/images/write-nifti.ts";
import { seededRandom } from "../src/statistics/random.ts";

/** A pair of label images made for measuring; nothing of it comes from a patient. */
export interface BenchCase {
  readonly name: string;
  readonly kind: "close" | "far" | "lesions" | "shells" | "noise";
  readonly shape: readonly [number, number, number];
  readonly labels: number;
}

export const SPACING = [0.8, 0.8, 1.5] as const;
const SMALL = [256, 256, 128] as const;
const LARGE = [512, 512, 256] as const;

export const benchCases: readonly BenchCase[] = [
  { name: "small, close", kind: "close", shape: SMALL, labels: 1 },
  { name: "large, close", kind: "close", shape: LARGE, labels: 1 },
  { name: "small, close, 5 labels", kind: "close", shape: SMALL, labels: 5 },
  { name: "large, close, 5 labels", kind: "close", shape: LARGE, labels: 5 },
  { name: "small, far apart", kind: "far", shape: SMALL, labels: 1 },
  { name: "large, far apart", kind: "far", shape: LARGE, labels: 1 },
  { name: "small, 377 lesions, badly matched", kind: "lesions", shape: SMALL, labels: 1 },
  { name: "small, concentric shells", kind: "shells", shape: SMALL, labels: 1 },
  { name: "large, 0.2 % noise", kind: "noise", shape: LARGE, labels: 1 },
];

interface Pair {
  readonly reference: Uint8Array;
  readonly prediction: Uint8Array;
}

/** What `writeCase` calls its files. */
export const REFERENCE = "reference.nii.gz";
export const PREDICTION = "prediction.nii.gz";
/** The same without header and gzip, a byte a voxel. */
export const RAW = ["reference.raw", "prediction.raw"] as const;

/** Makes the pair of a case and writes it into the folder. */
export async function writeCase(one: BenchCase, folder: string): Promise<void> {
  const { reference, prediction } = benchPair(one);
  for (const [name, raw, voxels] of [
    [REFERENCE, RAW[0], reference],
    [PREDICTION, RAW[1], prediction],
  ] as const) {
    const image = writeNifti({ voxels, shape: one.shape, spacing: SPACING });
    await writeFile(join(folder, name), await gzip(image));
    await writeFile(join(folder, raw), voxels);
  }
}

function benchPair({ kind, shape, labels, name }: BenchCase): Pair {
  const [nx, ny, nz] = shape;
  const reference = new Uint8Array(nx * ny * nz);
  const prediction = new Uint8Array(nx * ny * nz);
  const random = seededRandom(name).unit;
  const size = [nx * SPACING[0], ny * SPACING[1], nz * SPACING[2]] as const;
  if (kind === "noise") {
    for (let i = 0; i < reference.length; i++) {
      if (random() < 0.002) reference[i] = 1;
      if (random() < 0.002) prediction[i] = 1;
    }
    return { reference, prediction };
  }
  if (kind === "lesions") {
    for (let i = 0; i < 377; i++) {
      const at = () => size.map((mm) => 8 + random() * (mm - 16)) as [number, number, number];
      const here = at();
      paintBall(reference, shape, here, 1.5 + random() * 3);
      // Four in ten are found, not quite in place; the others are somewhere else.
      const guess = random() < 0.4 ? (here.map((mm) => mm + 2 * random()) as typeof here) : at();
      paintBall(prediction, shape, guess, 1.5 + random() * 3);
    }
    return { reference, prediction };
  }
  const radius = size[0] * 0.25;
  const middle = size.map((mm) => mm / 2) as [number, number, number];
  if (kind === "shells") {
    paintBall(reference, shape, middle, radius * 0.7);
    paintBall(reference, shape, middle, radius * 0.7 - 3, 0);
    paintBall(prediction, shape, middle, radius * 1.2);
    paintBall(prediction, shape, middle, radius * 1.2 - 3, 0);
    return { reference, prediction };
  }
  const [least, most] = kind === "close" ? [0, 8] : [20, 45];
  for (let label = 1; label <= labels; label++) {
    const centre = middle.map((mm, axis) => {
      if (labels === 1) return mm - (kind === "far" ? 0.06 : 0) * size[0];
      const corner = [0, 1, 2, 3, 4][label - 1] ?? 0;
      const step = [corner & 1, (corner >> 1) & 1, corner >> 2][axis] ?? 0;
      return (size[axis] ?? 0) * (0.28 + 0.44 * step);
    }) as [number, number, number];
    const r = labels === 1 ? (kind === "far" ? radius * 0.75 : radius) : radius * 0.6;
    paintBlob(reference, shape, centre, label, (bump) => r + 6 * bump);
    paintBlob(prediction, shape, centre, label, (bump, other) => {
      return r + 6 * bump + least + ((most - least) * (1 + other)) / 2;
    });
  }
  return { reference, prediction };
}

function paintBall(
  out: Uint8Array,
  shape: readonly [number, number, number],
  centre: readonly [number, number, number],
  radius: number,
  label = 1,
): void {
  paintBlob(out, shape, centre, label, () => radius);
}

/** A star-shaped body; its radius (mm) may depend on two smooth functions of the direction, both of -1 to 1. */
function paintBlob(
  out: Uint8Array,
  [nx, ny, nz]: readonly [number, number, number],
  [cx, cy, cz]: readonly [number, number, number],
  label: number,
  radius: (bump: number, other: number) => number,
): void {
  const reach = radius(1, 1);
  const range = (centre: number, mm: number, n: number) =>
    [
      Math.max(0, Math.floor((centre - reach) / mm)),
      Math.min(n - 1, Math.ceil((centre + reach) / mm)),
    ] as const;
  const [x0, x1] = range(cx, SPACING[0], nx);
  const [y0, y1] = range(cy, SPACING[1], ny);
  const [z0, z1] = range(cz, SPACING[2], nz);
  for (let z = z0; z <= z1; z++) {
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const dx = x * SPACING[0] - cx;
        const dy = y * SPACING[1] - cy;
        const dz = z * SPACING[2] - cz;
        const d = Math.sqrt(dx * dx + dy * dy + dz * dz);
        if (d > reach) continue;
        const [ux, uy, uz] = d === 0 ? [1, 0, 0] : [dx / d, dy / d, dz / d];
        const bump = (Math.sin(5 * ux + 1) * Math.sin(4 * uy) + Math.sin(6 * uz + 2 * ux)) / 2;
        const other = Math.sin(3 * uy + 2 * uz) * Math.sin(4 * ux + 0.5);
        if (d <= radius(bump, other)) out[(z * ny + y) * nx + x] = label;
      }
    }
  }
}
