/** `components.ts <raw voxels> <shape as JSON>`: times the components of a mask in a process that does nothing else. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { connectedComponents } from "../src/kernels/instances.ts";
import { wasmEngine } from "../src/kernels/wasm.ts";
import { child } from "./child.ts";
import { row } from "./row.ts";
import { benchCases, RAW, writeCase } from "./volumes.ts";
import { yardstick } from "./yardstick.ts";

interface Components {
  readonly ms: number;
  readonly count: number;
}

const REPEATS = 15;

/** Components with 26 neighbours of a mask in memory, against `scipy.ndimage.label` in the same run. The goal is 50 ×. */
export async function compareComponents(filter: string, folder: string): Promise<void> {
  console.log(row(["components, 26 neighbours", "number", "ours", "SciPy", "×"]));
  const kinds = ["close", "lesions", "noise"];
  for (const one of benchCases.filter(({ name, kind }) => name.includes(filter) && kinds.includes(kind))) {
    await writeCase(one, folder);
    const self = [process.execPath, import.meta.path, join(folder, RAW[0]), JSON.stringify(one.shape)];
    const ours = await child<Components>(self);
    const theirs = await yardstick<Components>(folder, { what: "components", shape: one.shape });
    if (ours.count !== theirs.count) throw new Error(`${one.name}: ${ours.count}, by SciPy ${theirs.count}`);
    const [own, other] = [ours, theirs].map(({ ms }) => ms.toFixed(1));
    console.log(
      row([one.name, String(ours.count), own ?? "", other ?? "", (theirs.ms / ours.ms).toFixed(0)]),
    );
  }
}

async function time(file: string, shape: readonly number[]): Promise<Components> {
  const voxels = new Uint8Array(await readFile(file));
  const engine = await wasmEngine();
  if (!engine) throw new Error("There is no WebAssembly here.");
  const times: number[] = [];
  let count = 0;
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    count = connectedComponents(engine, voxels, shape, 26).sizes.length;
    times.push(performance.now() - start);
  }
  times.sort((p, q) => p - q);
  return { ms: times[REPEATS >> 1] ?? Number.NaN, count };
}

if (import.meta.main) {
  const [file = "", shape = "[]"] = process.argv.slice(2);
  console.log(JSON.stringify(await time(file, JSON.parse(shape))));
}
