import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { buildKernels } from "../../build-kernels.ts";
import type { SurfaceComparison } from "../metrics/surface-comparison.ts";
import { seededRandom } from "../statistics/random.ts";
import { elementsOf, nearestSquares, type SurfaceElement, type Triple } from "../testing/brute-force.ts";
import { Comparison } from "./comparison.ts";
import { type Distances, elementCount } from "./distances.ts";
import { type Engine, plainEngine } from "./engine.ts";
import type { SurfaceDefinition } from "./surface.ts";
import { wasmEngine } from "./wasm.ts";

await buildKernels();
const engines = [plainEngine(), await wasmEngine()].filter((engine) => engine !== undefined);

/** Every element of `from` as "squared distance, weight", sorted. */
function bruteForce(
  from: readonly SurfaceElement[],
  to: readonly SurfaceElement[],
  spacing: Triple,
): string[] {
  const squares = nearestSquares(from, to, spacing);
  return from.map(({ weight }, i) => `${squares[i]} ${weight}`).sort();
}

function listed({ squares, classes, counts, weights }: Distances): string[] {
  return [...squares]
    .flatMap((square, i) =>
      Array.from({ length: counts[i] ?? 0 }, () => `${square} ${weights[classes[i] as number]}`),
    )
    .sort();
}

function compare(
  engine: Engine,
  shape: readonly number[],
  spacing: readonly number[],
  reference: Uint8Array,
  prediction: Uint8Array,
  definition: SurfaceDefinition,
): SurfaceComparison {
  const pair = new Comparison(engine, { shape, reference, prediction });
  try {
    return pair.surfaces(0, definition, spacing);
  } finally {
    pair.release();
  }
}

/** A blob, a few voxels, or noise, so that near search, far search and both together are met. */
const masks = fc
  .record({
    shape: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 40 })),
      fc.tuple(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 11 }),
      ),
    ),
    spacing: fc.constantFrom([1, 1, 1], [0.8, 0.8, 1.5], [3, 0.4, 1], [0.1, 0.1, 10], [0.7, 1.3, 0.9]),
    seed: fc.integer(),
    kinds: fc.tuple(fc.constantFrom("blob", "few", "noise"), fc.constantFrom("blob", "few", "noise")),
  })
  .map(({ shape, spacing, seed, kinds }) => {
    const random = seededRandom(String(seed)).unit;
    const [a, b] = kinds.map((kind) => maskOf(kind, shape, random));
    return { shape, spacing: spacing.slice(0, shape.length), a: a as Uint8Array, b: b as Uint8Array };
  });

function maskOf(kind: string, shape: readonly number[], random: () => number): Uint8Array {
  const [nx = 1, ny = 1, nz = 1] = shape;
  const out = new Uint8Array(nx * ny * nz);
  if (kind === "few") {
    for (let i = 0; i < 3; i++) out[Math.floor(random() * out.length)] = 1 + Math.floor(random() * 3);
    return out;
  }
  if (kind === "noise") return out.map(() => (random() < 0.3 ? 1 : 0));
  const [cx, cy, cz, r] = [random() * nx, random() * ny, random() * nz, 2 + random() * 9];
  for (let i = 0; i < out.length; i++) {
    const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
    if ((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= r * r) out[i] = 2;
  }
  return out;
}

const PATIENT_MS = 60_000;

describe.each(engines)("distances of the $name engine", (engine) => {
  test.each(["voxel", "surfel"] as const)(
    "equal brute force to the last bit: %s",
    (definition) => {
      fc.assert(
        fc.property(masks, ({ shape, spacing, a, b }) => {
          const full: Triple = [spacing[0] ?? 1, spacing[1] ?? 1, spacing[2] ?? 1];
          const result = compare(engine, shape, spacing, a, b, definition);
          const [from, to] = [a, b].map((mask) => elementsOf(mask, shape, full, definition));
          if (!result.distances) return from?.length === 0 || to?.length === 0;
          expect(listed(result.distances.reference)).toEqual(bruteForce(from ?? [], to ?? [], full));
          expect(listed(result.distances.prediction)).toEqual(bruteForce(to ?? [], from ?? [], full));
          return true;
        }),
        { numRuns: 60, seed: 20260722 },
      );
    },
    PATIENT_MS,
  );

  test(
    "swapping the masks swaps the directions, and padding the image changes nothing",
    () => {
      fc.assert(
        fc.property(masks, fc.integer({ min: 1, max: 70 }), ({ shape, spacing, a, b }, margin) => {
          const result = compare(engine, shape, spacing, a, b, "surfel").distances;
          const swapped = compare(engine, shape, spacing, b, a, "surfel").distances;
          expect(swapped?.reference).toEqual(result?.prediction as Distances);
          const [pa, pb] = [padded(a, shape, margin), padded(b, shape, margin)];
          expect(compare(engine, pa.shape, spacing, pa.mask, pb.mask, "surfel").distances).toEqual(result);
        }),
        { numRuns: 40, seed: 20260722 },
      );
    },
    PATIENT_MS,
  );

  test(
    "doubling the spacing doubles every distance exactly",
    () => {
      fc.assert(
        fc.property(masks, ({ shape, spacing, a, b }) => {
          const once = compare(engine, shape, spacing, a, b, "voxel").distances?.reference;
          const doubled = spacing.map((mm) => 2 * mm);
          const twice = compare(engine, shape, doubled, a, b, "voxel").distances?.reference;
          expect(twice && [...twice.squares]).toEqual(once && [...once.squares].map((square) => 4 * square));
        }),
        { numRuns: 40, seed: 20260722 },
      );
    },
    PATIENT_MS,
  );
});

test(
  "renaming the labels changes no label's numbers",
  () => {
    fc.assert(
      fc.property(masks, ({ shape, spacing, a, b }) => {
        const rename = (mask: Uint8Array) =>
          Uint16Array.from(mask, (label) => (label === 0 ? 0 : 65_536 - label));
        for (const engine of engines) {
          const plain = new Comparison(engine, { shape, reference: a, prediction: b });
          const renamed = new Comparison(engine, { shape, reference: rename(a), prediction: rename(b) });
          expect([...renamed.labels].reverse()).toEqual(plain.labels.map((label) => 65_536 - label));
          for (const label of plain.labels) {
            expect(renamed.counts(65_536 - label)).toEqual(plain.counts(label));
            const [p, r] = [plain, renamed].map((pair) =>
              pair.surfaces(pair === plain ? label : 65_536 - label, "surfel", spacing),
            );
            expect(r).toEqual(p as SurfaceComparison);
          }
          renamed.release();
          plain.release();
        }
      }),
      { numRuns: 40, seed: 20260722 },
    );
  },
  PATIENT_MS,
);

test("planes far apart are exactly as far as they are, by the far search alone", () => {
  // Two planes 60 apart: each element's nearest is straight across, whichever engine and however it gets there.
  const shape = [64, 96, 64];
  const [a, b] = [new Uint8Array(64 * 96 * 64), new Uint8Array(64 * 96 * 64)];
  for (let i = 0; i < a.length; i++) {
    const z = Math.floor(i / (64 * 96));
    if (z === 1) a[i] = 1;
    if (z === 62) b[i] = 1;
  }
  for (const engine of engines) {
    const { distances } = compare(engine, shape, [0.8, 0.8, 1.5], a, b, "voxel");
    expect(distances && [...distances.reference.squares]).toEqual([61 * 1.5 * (61 * 1.5)]);
    expect(distances && elementCount(distances.reference)).toBe(64 * 96);
  }
});

function padded(mask: Uint8Array, shape: readonly number[], margin: number) {
  const [nx = 1, ny = 1, nz = 1] = shape;
  const larger = shape.map((n) => n + 2 * margin);
  const [px = 1, py = 1, pz = 1] = larger;
  const out = new Uint8Array(px * py * pz);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const row = mask.subarray((z * ny + y) * nx, (z * ny + y + 1) * nx);
      out.set(row, ((z + (shape.length === 3 ? margin : 0)) * py + y + margin) * px + margin);
    }
  }
  return { mask: out, shape: larger };
}
