import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { buildKernels } from "../../build-kernels.ts";
import { type Engine, plainEngine } from "../kernels/engine.ts";
import { wasmEngine } from "../kernels/wasm.ts";
import { vectorsFolder } from "../testing/vectors.ts";
import { type CaseReport, conformance, suites } from "./run.ts";

setDefaultTimeout(60_000);
const { folder, reason } = vectorsFolder();

async function run(engine: Engine, change: (text: string) => string): Promise<CaseReport[]> {
  const files = {
    async bytes(path: string): Promise<Uint8Array> {
      const bytes = await readFile(join(folder ?? "", path));
      return path.endsWith(".json") ? new TextEncoder().encode(change(bytes.toString())) : bytes;
    },
  };
  const reports: CaseReport[] = [];
  for await (const one of conformance({ files, engine })) reports.push(one);
  return reports;
}

describe.skipIf(folder === undefined)(`conformance ${reason}`, () => {
  for (const name of ["plain", "wasm"] as const) {
    test(`every case of every file passes (${name})`, async () => {
      await buildKernels();
      const engine = name === "plain" ? plainEngine() : await wasmEngine();
      if (engine === undefined) throw new Error("WebAssembly with SIMD is missing here.");
      const reports = await run(engine, (text) => text);
      expect(reports.filter(({ differences }) => differences.length > 0)).toEqual([]);
      const manifest = JSON.parse(await readFile(join(folder ?? "", "manifest.json"), "utf8"));
      expect(suites.map(({ file }) => file).sort()).toEqual(Object.keys(manifest.cases).sort());
      expect(reports.length).toBe(manifest.totalCases);
    });
  }

  test("numbers that are off by 1e-8 fail in every file that has such numbers", async () => {
    const reports = await run(plainEngine(), (text) =>
      text.replace(/("(?:expected|pq|surface|byConnectivity|topologyPrecision|sensitivity)".*)/g, (line) =>
        line.replace(/0\.\d{12,}/g, (number) => String(Number(number) * (1 + 1e-8))),
      ),
    );
    const failing = new Set(
      reports.filter(({ differences }) => differences.length > 0).map(({ file }) => file),
    );
    expect(suites.map(({ file }) => file).filter((file) => !failing.has(file))).toEqual([
      "invalid/cases.json",
    ]);
  });

  test("the command ends with how many passed and failed", () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ["packages/scoring/src/conformance.ts", folder ?? ""],
      {
        cwd: join(import.meta.dirname, "../../../.."),
        encoding: "utf8",
      },
    );
    expect(stdout).toMatch(/^[1-9]\d* passed, 0 failed\n$/);
    expect(status).toBe(0);
  });
});
