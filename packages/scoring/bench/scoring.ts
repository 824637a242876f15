/**
 * `bun run bench:scoring [--only surfaces|components|chromium|tables] [part of a case's name]`: what the kernels and the
 * table metrics are worth, each part against its yardstick in the same run. The surfaces take about three minutes.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { buildKernels } from "../build-kernels.ts";
import { compareChromium } from "./chromium.ts";
import { compareComponents } from "./components.ts";
import { compareSurfaces } from "./surfaces.ts";

const parts = {
  surfaces: compareSurfaces,
  components: compareComponents,
  chromium: compareChromium,
  // A script of its own, which needs none of the volumes.
  tables: () => import("./tables.ts"),
};

const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
await buildKernels();
console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Bun ${Bun.version}, engine wasm`,
);
for (const [name, compare] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  const folder = await mkdtemp(join(tmpdir(), "medforge-bench-"));
  try {
    await compare(positionals[0] ?? "", folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
