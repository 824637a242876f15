import { chooseEngine } from "../kernels/choose-engine.ts";
import type { Engine } from "../kernels/engine.ts";
import { type PoolCase, ScoringPool } from "../pool/pool.ts";
import { conformance, suites, vectorCases } from "./run.ts";
import type { VectorFiles } from "./suite.ts";

/** How the golden text may be computed; it must be the same however and wherever that is done. */
export interface GoldenWay {
  readonly engine: "wasm" | "plain";
  readonly workers: number;
}

export const goldenWays: readonly GoldenWay[] = [
  { engine: "wasm", workers: 1 },
  { engine: "wasm", workers: 4 },
  { engine: "plain", workers: 1 },
  { engine: "plain", workers: 4 },
];

/**
 * Everything that this package computes over the vectors, one case a line, every number with all its bits: first what
 * conformance compares, then every pair of masks scored by a pool of workers.
 */
export async function goldenText(files: VectorFiles, { engine, workers }: GoldenWay): Promise<string> {
  return (await suitesText(files, await chooseEngine(engine))) + (await poolText(files, { engine, workers }));
}

export async function suitesText(files: VectorFiles, engine: Engine): Promise<string> {
  const lines: string[] = [];
  for await (const { file, id, got } of conformance({ files, engine })) lines.push(line(file, id, got));
  return lines.join("");
}

async function poolText(files: VectorFiles, way: GoldenWay): Promise<string> {
  const pool = new ScoringPool(way);
  try {
    const results = await pool.score(await maskPairs(files));
    return results.map(({ id, ...result }) => line("pool", id, result)).join("");
  } finally {
    pool.close();
  }
}

/** Every case of the vectors that compares two files of masks. */
async function maskPairs(files: VectorFiles): Promise<PoolCase[]> {
  const pairs: PoolCase[] = [];
  for (const { file } of suites) {
    const folder = file.slice(0, file.indexOf("/"));
    for (const { id, ref, pred } of await vectorCases(files, file)) {
      if (typeof ref !== "string" || typeof pred !== "string") continue;
      pairs.push({
        id: `${folder}/${id}`,
        tolerances: [1, 2.5],
        percentiles: [50, 95, 99],
        surfaces: { voxel: "distances", surfel: "distances" },
        load: async () => ({
          reference: await files.bytes(`${folder}/${ref}`),
          prediction: await files.bytes(`${folder}/${pred}`),
        }),
      });
    }
  }
  return pairs;
}

function line(file: string, id: string, got: unknown): string {
  return `${JSON.stringify(file)} ${JSON.stringify(id)} ${exact(got)}\n`;
}

/** As JSON with sorted keys, but NaN, the infinities and −0 stay what they are. */
function exact(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(exact).join(",")}]`;
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${exact(one)}`)
    .join(",")}}`;
}

/** Nothing if both are the same to the last byte, else where they begin to differ. */
export function firstDifference(expected: string, got: string): string | undefined {
  if (expected === got) return undefined;
  let at = 0;
  while (expected[at] === got[at]) at++;
  const line = expected.slice(0, at).split("\n").length;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 30));
  return `line ${line}: expected ${around(expected)}, got ${around(got)}`;
}
