import { expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { seededRandom } from "../statistics/random.ts";
import { elementsOf, nearestSquares, type Triple } from "../testing/brute-force.ts";
import { Comparison } from "./comparison.ts";
import type { Distances } from "./distances.ts";
import { type Engine, plainEngine } from "./engine.ts";
import { wasmEngine } from "./wasm.ts";

await buildKernels();

const POINTS_MIN = 1_000_000;
/** Of these, by the far search. */
const FAR_MIN = 250_000;

const SPACINGS: readonly Triple[] = [
  [0.8, 0.8, 1.5],
  [1, 1, 1],
  [0.7, 1.3, 0.9],
  // Only the first planes are near.
  [0.05, 0.06, 4],
  [2.5, 0.1, 0.1],
];
const [NX, NY, NZ] = [72, 44, 30] as const;

/** Two surfaces that are near each other, far apart, one around the other, or everywhere. */
function maskPair(random: () => number): readonly [Uint8Array, Uint8Array] {
  const masks = [new Uint8Array(NX * NY * NZ), new Uint8Array(NX * NY * NZ)] as const;
  const kind = Math.floor(random() * 4);
  const centre = [0.35 + 0.3 * random(), 0.35 + 0.3 * random(), 0.35 + 0.3 * random()];
  for (const [at, mask] of masks.entries()) {
    const apart = kind === 1 ? 0.6 * at - 0.25 : 0.04 * random();
    const radius = kind === 1 ? 0.2 : kind === 2 ? 0.14 + 0.34 * at : 0.3 + 0.06 * random();
    const wave = 0.03 * random();
    for (let i = 0; i < mask.length; i++) {
      const x = (i % NX) / NX - (centre[0] as number) - apart;
      const y = (Math.floor(i / NX) % NY) / NY - (centre[1] as number);
      const z = Math.floor(i / (NX * NY)) / NZ - (centre[2] as number);
      const r = Math.sqrt(x * x + y * y + z * z) + wave * Math.sin(20 * x + 15 * y);
      if (kind === 3 ? random() < 0.004 : r < radius && (kind !== 2 || r > radius - 0.06)) mask[i] = 1;
    }
  }
  return masks;
}

/** As many as there are elements, ascending. */
function spread({ squares, counts }: Distances): Float64Array {
  return Float64Array.from([...squares].flatMap((square, i) => Array(counts[i]).fill(square) as number[]));
}

test("of more than a million distances, none differs from brute force in float64, by either engine", async () => {
  let far = 0;
  const watched = (engine: Engine): Engine => ({
    ...engine,
    near: (...given) => {
      const left = engine.near(...given);
      far += left;
      return left;
    },
  });
  const engines = [plainEngine(), await wasmEngine()].filter((engine) => engine !== undefined).map(watched);
  const random = seededRandom("a million points").unit;
  let points = 0;
  let mismatches = 0;
  for (let round = 0; points < POINTS_MIN; round++) {
    const spacing = SPACINGS[round % SPACINGS.length] as Triple;
    const shape = [NX, NY, NZ];
    const [reference, prediction] = maskPair(random);
    const definition = round % 2 === 0 ? "voxel" : "surfel";
    const [a, b] = [reference, prediction].map((mask) => elementsOf(mask, shape, spacing, definition));
    if (!a || !b) throw new Error("Two masks have two surfaces.");
    const expected = [nearestSquares(a, b, spacing).sort(), nearestSquares(b, a, spacing).sort()];
    for (const engine of engines) {
      const pair = new Comparison(engine, { shape, reference, prediction });
      const { distances } = pair.surfaces(0, definition, spacing);
      pair.release();
      if (!distances) throw new Error("Neither of the masks is empty.");
      for (const [at, found] of [spread(distances.reference), spread(distances.prediction)].entries()) {
        const wanted = expected[at] as Float64Array;
        expect(found.length).toBe(wanted.length);
        for (let i = 0; i < wanted.length; i++) if (found[i] !== wanted[i]) mismatches++;
      }
    }
    points += a.length + b.length;
  }
  console.log(`${points} points, ${mismatches} mismatches; by the far search ${far / engines.length}`);
  expect(mismatches).toBe(0);
  expect(points).toBeGreaterThanOrEqual(POINTS_MIN);
  expect(far).toBeGreaterThanOrEqual(FAR_MIN * engines.length);
}, 120_000);
