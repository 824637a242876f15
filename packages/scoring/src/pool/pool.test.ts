import { afterAll, describe, expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { ScoringError } from "../errors.ts";
import { writeNifti } from "../images/write-nifti.ts";
import { seededRandom } from "../statistics/random.ts";
import { type PoolCase, type PoolResult, ScoringPool } from "./pool.ts";

await buildKernels();

const SHAPE = [40, 32, 20];

function file(seed: string): Uint8Array {
  const { below } = seededRandom(seed);
  const voxels = new Uint8Array(40 * 32 * 20);
  const [cx, cy, cz] = [10 + below(20), 8 + below(16), 5 + below(10)];
  for (let i = 0; i < voxels.length; i++) {
    const [x, y, z] = [i % 40, Math.floor(i / 40) % 32, Math.floor(i / 1280)];
    if ((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < 40) voxels[i] = 1;
  }
  return writeNifti({ voxels, shape: SHAPE, spacing: [0.8, 0.8, 1.5] });
}

const cases: readonly PoolCase[] = Array.from({ length: 9 }, (_, i) => ({
  id: `case-${i}`,
  tolerances: [2],
  load: () => ({ reference: file(`reference ${i}`), prediction: file(`prediction ${i}`) }),
}));

const pools: ScoringPool[] = [];
function pool(workers: number, engine: "auto" | "plain" = "auto"): ScoringPool {
  const made = new ScoringPool({ workers, engine });
  pools.push(made);
  return made;
}

describe("a pool of workers", () => {
  afterAll(() => {
    for (const one of pools) one.close();
  });

  test("gives the same results with one worker, with three, and without WebAssembly, in the cases' order", async () => {
    const done: number[] = [];
    const three = await pool(3).score(cases, { onProgress: (n, total) => done.push(n / total) });
    expect(three.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
    expect(done).toEqual(cases.map((_, i) => (i + 1) / cases.length));
    expect(await pool(1).score(cases)).toEqual(three);
    expect(await pool(2, "plain").score(cases)).toEqual(three);
    expect(three.every((result) => "scores" in result && result.scores.length === 1)).toBe(true);
  }, 30_000);

  test("makes what is wrong with a case that case's result", async () => {
    const broken: PoolCase = {
      id: "broken",
      load: () => ({ reference: file("a"), prediction: new Uint8Array([1, 2, 3]) }),
    };
    const unreadable: PoolCase = { id: "unreadable", load: () => Promise.reject(new Error("no such file")) };
    const results = await pool(2).score([broken, unreadable, ...cases.slice(0, 1)]);
    const codes = results.map((result: PoolResult) => ("faults" in result ? result.faults[0]?.code : "fine"));
    expect(codes).toEqual(["image_truncated", "worker_failed", "fine"]);
  }, 30_000);

  test("stops at once when it is cancelled, and can be used again", async () => {
    const own = pool(2);
    const cancel = new AbortController();
    const run = own.score(cases, { signal: cancel.signal, onProgress: () => cancel.abort() });
    const error: unknown = await run.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ScoringError);
    expect((error as ScoringError).code).toBe("cancelled");
    expect((await own.score(cases.slice(0, 2))).length).toBe(2);
  }, 30_000);
});
