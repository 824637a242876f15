/** `ours.ts wasm|plain <reference.nii.gz> <prediction.nii.gz>`: times the pipeline in a process that does nothing else. */
import { readFile } from "node:fs/promises";

import { Workspace } from "../src/kernels/workspace.ts";
import { child } from "./child.ts";
import { type PipelineTimes, timePipeline } from "./pipeline.ts";

export interface Ours extends PipelineTimes {
  /** The most that was ever resident, over what was with the kernels loaded and before the first file was. */
  readonly peakBytes: number;
}

export function timeOurs(engine: "wasm" | "plain", files: readonly [string, string]): Promise<Ours> {
  return child<Ours>([process.execPath, import.meta.path, engine, ...files]);
}

async function memory(field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return 1024 * Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1] ?? Number.NaN);
}

if (import.meta.main) {
  const [engine, reference = "", prediction = ""] = process.argv.slice(2);
  const choice = engine === "plain" ? "plain" : "wasm";
  await Workspace.create({ engine: choice });
  const before = await memory("VmRSS");
  const files = { reference: await readFile(reference), prediction: await readFile(prediction) };
  const times = await timePipeline(files, choice);
  console.log(JSON.stringify({ ...times, peakBytes: (await memory("VmHWM")) - before }));
}
