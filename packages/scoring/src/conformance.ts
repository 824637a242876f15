/** `bun run conformance <dir>`: compares this package with a folder of vectors. Runs in Bun and in Node. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { conformance } from "./conformance/run.ts";

const folder = process.argv[2];
if (folder === undefined) {
  console.error("usage: bun run conformance <folder of vectors>");
  process.exit(2);
}

let passed = 0;
let failed = 0;
for await (const one of conformance({ bytes: (path) => readFile(join(folder, path)) })) {
  if (one.differences.length === 0) passed += 1;
  else failed += 1;
  for (const difference of one.differences) console.log(`${one.file} ${one.id} ${difference}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
