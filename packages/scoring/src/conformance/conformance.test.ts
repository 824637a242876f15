import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { plainEngine } from "../kernels/engine.ts";
import { vectorsFolder } from "../testing.ts";
import { differencesFrom } from "./checks.ts";
import { type CaseReport, conformance, suites } from "./run.ts";

const { folder, reason } = vectorsFolder();

async function run(change: (path: string, text: string) => string): Promise<CaseReport[]> {
  const files = {
    async bytes(path: string): Promise<Uint8Array> {
      const bytes = await readFile(join(folder ?? "", path));
      return path.endsWith(".json") ? new TextEncoder().encode(change(path, bytes.toString())) : bytes;
    },
  };
  const reports: CaseReport[] = [];
  for await (const one of conformance({ files, engine: plainEngine() })) reports.push(one);
  return reports;
}

describe.skipIf(folder === undefined)(`conformance${reason}`, () => {
  setDefaultTimeout(60_000);

  test("every case of every file passes", async () => {
    const reports = await run((_, text) => text);
    expect(reports.filter(({ differences }) => differences.length > 0)).toEqual([]);
    const manifest = JSON.parse(await readFile(join(folder ?? "", "manifest.json"), "utf8"));
    expect(suites.map(({ file }) => file).sort()).toEqual(Object.keys(manifest.cases).sort());
    expect(reports.length).toBe(manifest.totalCases);
  });

  test("numbers that are off by 1e-8 fail in every file that has such numbers", async () => {
    const reports = await run((_, text) =>
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
});

describe("comparing", () => {
  const exact = () => 0;

  test("what is expected must be there; what only we have does not matter", () => {
    expect(differencesFrom({ a: 1 }, { a: 1, b: 2 }, exact)).toEqual([]);
    expect(differencesFrom({ a: 1, b: { c: 2 } }, { a: 1, b: {} }, exact)).toEqual(["b.c: not computed"]);
    expect(differencesFrom({ a: [1, 2] }, { a: [1] }, exact)).toEqual(["a: 2 values expected, got [1]"]);
  });

  test("NaN equals only NaN, null only null, infinities only themselves", () => {
    expect(differencesFrom(["NaN", null, "Infinity"], [Number.NaN, null, Infinity], exact)).toEqual([]);
    expect(
      differencesFrom(["NaN", 0, null, "Infinity", 1], [0, Number.NaN, 0, 1e308, "1"], () => 1e-6),
    ).toHaveLength(5);
    expect(differencesFrom("-Infinity", Infinity, exact)).toHaveLength(1);
  });

  test("the tolerance is relative", () => {
    expect(differencesFrom(1e9, 1e9 + 0.5, () => 1e-9)).toEqual([]);
    expect(differencesFrom(1e-9, 2e-9, () => 1e-9)).toHaveLength(1);
    expect(differencesFrom(0, 1e-300, () => 1e-9)).toHaveLength(1);
  });
});
