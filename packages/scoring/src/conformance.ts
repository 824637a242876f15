/**
 * `bun run conformance <dir> [--engine plain|wasm]`: compares this package with a folder of vectors, prints each
 * failure and "N passed, N failed". With `--golden <file>` everything that was computed is written there, one case a
 * line with every bit; with `--record` its digests are written to `conformance/golden.json`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { buildKernels } from "../build-kernels.ts";
import { goldenText } from "./conformance/golden.ts";
import { recordOf, writeRecord } from "./conformance/golden-record.ts";
import { conformance } from "./conformance/run.ts";
import { chooseEngine } from "./kernels/choose-engine.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string" }, golden: { type: "string" }, record: { type: "boolean" } },
});
const [folder] = positionals;
const { engine = "auto" } = values;
if (folder === undefined || (engine !== "auto" && engine !== "plain" && engine !== "wasm")) {
  console.error("usage: bun run conformance <dir> [--engine plain|wasm] [--golden <file>] [--record]");
  process.exit(2);
}

await buildKernels();
const files = { bytes: async (path: string) => new Uint8Array(await readFile(join(folder, path))) };
const chosen = await chooseEngine(engine);
let passed = 0;
let failed = 0;
for await (const { file, id, differences } of conformance({ files, engine: chosen })) {
  if (differences.length === 0) passed += 1;
  else failed += 1;
  for (const difference of differences) console.log(`${file} ${id} ${difference}`);
}
if (values.golden !== undefined || values.record === true) {
  const text = await goldenText(files, { engine: chosen.name, workers: 1 });
  if (values.golden !== undefined) await writeFile(values.golden, text);
  if (values.record === true) await writeRecord(recordOf(await files.bytes("manifest.json"), text));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
