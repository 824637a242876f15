import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildKernels } from "../../build-kernels.ts";

const SOURCES = join(import.meta.dirname, "..");
const CHOICES = `
  for (const engine of [undefined, "plain", "wasm"]) {
    console.log(await Workspace.create({ engine }).then((workspace) => workspace.engine, (error) => error.message));
  }`;

function choices(sources: string, env: Readonly<Record<string, string>> = {}): string[] {
  const script = `import { Workspace } from "${join(sources, "kernels/workspace.ts")}";${CHOICES}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

test("WebAssembly is taken where it has SIMD; where not, the plain kernels are, and the workspace says so", async () => {
  await buildKernels();
  expect(choices(SOURCES)).toEqual(["wasm", "plain", "wasm"]);
  expect(choices(SOURCES, { BUN_JSC_useWasmSIMD: "0" })).toEqual([
    "plain",
    "plain",
    "engine: WebAssembly with SIMD is not available here.",
  ]);
});

test("a checkout whose kernels are not compiled does not quietly score with the plain ones", async () => {
  const copy = await mkdtemp(join(tmpdir(), "medforge-sources-"));
  try {
    await cp(SOURCES, copy, { recursive: true, filter: (path) => !path.endsWith("wasm-module.js") });
    const remedy =
      "The compiled kernels (wasm-module.js) are missing. In a checkout, run `bun packages/scoring/build-kernels.ts`.";
    expect(choices(copy)).toEqual([remedy, "plain", remedy]);
  } finally {
    await rm(copy, { recursive: true });
  }
});
