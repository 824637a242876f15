/**
 * `bun run bench:scoring --only chromium`: the pipeline on the main thread of a page that has nothing else to do, against
 * the same in Bun in the same run. The goal is 1.5. The last column is the same from .nii files: there the
 * inflate of our own that pages use, and the platform's that Bun uses, take no part.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { findChromium, openChromium } from "@medforge/chromium/chromium";

import { bundle } from "../build.ts";
import { serveFolders } from "../src/testing/static-server.ts";
import { timeOurs } from "./ours.ts";
import type { PipelineTimes } from "./pipeline.ts";
import { row } from "./row.ts";
import { benchCases, PREDICTION, REFERENCE, writeCase } from "./volumes.ts";

export async function compareChromium(filter: string, folder: string): Promise<void> {
  if (!findChromium()) {
    console.log("In Chromium: not measured, it is not installed");
    return;
  }
  await bundle(["bench/pipeline.ts"], "browser", join(folder, "code"));
  console.log(row(["the pipeline in Chromium", "Bun ms", "Chromium ms", "÷ Bun", "÷ Bun, .nii"]));
  for (const one of benchCases.filter(({ name }) => name.includes(filter))) {
    await writeCase(one, folder);
    const zipped = await timeBoth(folder, [REFERENCE, PREDICTION]);
    const names = ["reference.nii", "prediction.nii"] as const;
    await unzip(join(folder, REFERENCE), join(folder, names[0]));
    await unzip(join(folder, PREDICTION), join(folder, names[1]));
    const plain = await timeBoth(folder, names);
    const cells = [zipped.bun.toFixed(1), zipped.chromium.toFixed(1)];
    const ratios = [zipped, plain].map(({ bun, chromium }) => (chromium / bun).toFixed(2));
    console.log(row([one.name, ...cells, ...ratios]));
  }
}

async function unzip(from: string, to: string): Promise<void> {
  await writeFile(to, gunzipSync(await readFile(from)));
}

/** ms. @throws Error if the results differ */
async function timeBoth(folder: string, names: readonly [string, string]) {
  const bun = await timeOurs("wasm", [join(folder, names[0]), join(folder, names[1])]);
  const chromium = await timeInChromium(folder, names);
  if (!Bun.deepEquals(bun.hd95, chromium.hd95)) throw new Error(`The results differ: ${chromium.hd95}`);
  return { bun: bun.ms, chromium: chromium.ms };
}

async function timeInChromium(folder: string, names: readonly [string, string]): Promise<PipelineTimes> {
  using server = serveFolders({ code: join(folder, "code"), files: folder });
  await using browser = await openChromium();
  const page = await browser.newPage();
  await page.goto(server.url.href);
  return await page.evaluate<PipelineTimes>(`(async () => {
    const { timePipeline } = await import("/code/pipeline.js");
    const bytes = async (name) => new Uint8Array(await (await fetch("/files/" + name)).arrayBuffer());
    const [reference, prediction] = [await bytes("${names[0]}"), await bytes("${names[1]}")];
    return timePipeline({ reference, prediction }, "wasm");
  })()`);
}
