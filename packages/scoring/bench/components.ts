/** `components.ts <raw voxels> <shape as JSON>`: times the components of a mask in a process that does nothing else. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { connectedComponents, type Instances, packedComponents } from "../src/kernels/instances.ts";
import { checkShape, packVolume } from "../src/kernels/volumes.ts";
import { wasmEngine } from "../src/kernels/wasm.ts";
import { child } from "./child.ts";
import { row } from "./row.ts";
import { benchCases, RAW, writeCase } from "./volumes.ts";
import { yardstick, yardstickVersions } from "./yardstick.ts";

interface Components {
  readonly ms: number;
  readonly count: number;
}

interface Ours extends Components {
  /** Without bringing the array into the kernels' memory. */
  readonly packedMs: number;
}

const REPEATS = 31;

/**
 * Components with 26 neighbours against `scipy.ndimage.label` in the same run, with the mask in memory: as an array, and
 * as the pipeline has it, packed. The goal is 50 ×.
 */
export async function compareComponents(filter: string, folder: string): Promise<void> {
  console.log(`Yardstick: ${await yardstickVersions()}`);
  console.log(
    row(["components, 26 neighbours", "number", "SciPy", "of an array", "×", "of a packed one", "×"]),
  );
  const kinds = ["close", "lesions", "noise"];
  for (const one of benchCases.filter(({ name, kind }) => name.includes(filter) && kinds.includes(kind))) {
    await writeCase(one, folder);
    const self = [process.execPath, import.meta.path, join(folder, RAW[0]), JSON.stringify(one.shape)];
    const ours = await child<Ours>(self);
    const theirs = await yardstick<Components>(folder, { what: "components", shape: one.shape });
    if (ours.count !== theirs.count) throw new Error(`${one.name}: ${ours.count}, by SciPy ${theirs.count}`);
    const cells = [ours.ms, ours.packedMs].flatMap((ms) => [ms.toFixed(1), (theirs.ms / ms).toFixed(0)]);
    console.log(row([one.name, String(ours.count), theirs.ms.toFixed(0), ...cells]));
  }
}

async function time(file: string, given: readonly number[]): Promise<Ours> {
  const voxels = new Uint8Array(await readFile(file));
  const engine = await wasmEngine();
  if (!engine) throw new Error("There is no WebAssembly here.");
  const ofArray = median(() => connectedComponents(engine, voxels, given, 26));
  const shape = checkShape(given);
  const volume = packVolume(engine, shape, voxels, "labels");
  const ofPacked = median(() => packedComponents(engine, volume, shape, 26));
  if (ofArray.count !== ofPacked.count) throw new Error("The two ways differ.");
  return { ...ofArray, packedMs: ofPacked.ms };
}

function median(work: () => Instances): Components {
  const times: number[] = [];
  let count = 0;
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    count = work().sizes.length;
    times.push(performance.now() - start);
  }
  times.sort((p, q) => p - q);
  return { ms: times[REPEATS >> 1] ?? Number.NaN, count };
}

if (import.meta.main) {
  const [file = "", shape = "[]"] = process.argv.slice(2);
  console.log(JSON.stringify(await time(file, JSON.parse(shape))));
}
