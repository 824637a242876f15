/**
 * `bun run conformance <dir> [--engine plain|wasm]`: compares this package with a folder of vectors, prints each
 * failure and "N passed, N failed". Runs in Bun and in Node. With `--golden <file>` everything that was computed is
 * written there, one case per line, for a comparison of engines byte by byte.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { goldenLine } from "./conformance/golden.ts";
import { conformance } from "./conformance/run.ts";
import { plainEngine } from "./kernels/engine.ts";
import { wasmEngine } from "./kernels/wasm.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string" }, golden: { type: "string" } },
});
const [folder] = positionals;
const engine = values.engine === "plain" ? undefined : await wasmEngine();
if (folder === undefined || (values.engine === "wasm" && engine === undefined)) {
  console.error("usage: bun run conformance <folder of vectors> [--engine plain|wasm] [--golden <file>]");
  process.exit(2);
}

let passed = 0;
let failed = 0;
const golden: string[] = [];
const surroundings = {
  files: { bytes: (path: string) => readFile(join(folder, path)) },
  engine: engine ?? plainEngine(),
};
for await (const one of conformance(surroundings)) {
  if (one.differences.length === 0) passed += 1;
  else failed += 1;
  for (const difference of one.differences) console.log(`${one.file} ${one.id} ${difference}`);
  golden.push(goldenLine(one));
}
if (values.golden !== undefined) await writeFile(values.golden, golden.join(""));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
