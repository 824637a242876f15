/**
 * `bun packages/scoring/bench/chromium.ts [filter]`, and the last part of `bun run bench:scoring`: the pipeline on the
 * main thread of a page that has nothing else to do, against the same in Bun in the same run. The goal is 1.5.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findChromium, openChromium } from "@medforge/chromium/chromium";

import { bundle } from "../build.ts";
import { buildKernels } from "../build-kernels.ts";
import { serveFolders } from "../src/testing/static-server.ts";
import { timeOurs } from "./ours.ts";
import type { PipelineTimes } from "./pipeline.ts";
import { row } from "./row.ts";
import { benchCases, PREDICTION, REFERENCE, writeCase } from "./volumes.ts";

export async function compareChromium(filter: string): Promise<void> {
  if (!findChromium()) {
    console.log("In Chromium: not measured, it is not installed");
    return;
  }
  await buildKernels();
  const folder = await mkdtemp(join(tmpdir(), "medforge-bench-"));
  try {
    await bundle(["bench/pipeline.ts"], "browser", join(folder, "code"));
    console.log(row(["the pipeline in Chromium", "Bun ms", "Chromium ms", "median", "÷ Bun"]));
    for (const one of benchCases.filter(({ name }) => name.includes(filter))) {
      await writeCase(one, folder);
      const bun = await timeOurs("wasm", [join(folder, REFERENCE), join(folder, PREDICTION)]);
      const chromium = await timeInChromium(folder);
      if (!Bun.deepEquals(bun.hd95, chromium.hd95)) throw new Error(`${one.name}: the results differ`);
      const cells = [bun.ms, chromium.ms, chromium.medianMs].map((ms) => ms.toFixed(1));
      console.log(row([one.name, ...cells, (chromium.ms / bun.ms).toFixed(2)]));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function timeInChromium(folder: string): Promise<PipelineTimes> {
  using server = serveFolders({ code: join(folder, "code"), files: folder });
  await using browser = await openChromium();
  const page = await browser.newPage();
  await page.goto(server.url.href);
  return await page.evaluate<PipelineTimes>(`(async () => {
    const { timePipeline } = await import("/code/pipeline.js");
    const bytes = async (name) => new Uint8Array(await (await fetch("/files/" + name)).arrayBuffer());
    const [reference, prediction] = [await bytes("${REFERENCE}"), await bytes("${PREDICTION}")];
    return timePipeline({ reference, prediction }, "wasm");
  })()`);
}

if (import.meta.main) await compareChromium(process.argv[2] ?? "");
