import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bundle } from "../../build.ts";
import { buildKernels } from "../../build-kernels.ts";
import { type Engine, plainEngine } from "../kernels/engine.ts";
import { vectorsFolder } from "../testing/vectors.ts";
import { firstDifference, goldenText, goldenWays, suitesText } from "./golden.ts";
import { goldenRecord, recordOf } from "./golden-record.ts";

const { folder: vectors = "", reason } = vectorsFolder();
const hasNode = Bun.which("node") !== null;
const files = { bytes: async (path: string) => new Uint8Array(await readFile(join(vectors, path))) };

setDefaultTimeout(60_000);

/** Writes the golden text over the vectors of one folder into another, once for each way. */
const inNode = `
  import { readFile, writeFile } from "node:fs/promises";
  import { join } from "node:path";
  import { goldenText, goldenWays } from "./golden.js";

  const files = { bytes: async (path) => new Uint8Array(await readFile(join(process.argv[2], path))) };
  for (const way of goldenWays) {
    await writeFile(join(process.argv[3], way.engine + "-" + way.workers + ".txt"), await goldenText(files, way));
  }
`;

describe.skipIf(vectors === "")(`the results over all vectors, to the last bit ${reason}`, () => {
  let scratch = "";
  let golden = "";

  beforeAll(async () => {
    await buildKernels();
    scratch = await mkdtemp(join(tmpdir(), "medforge-golden-"));
    golden = await goldenText(files, { engine: "wasm", workers: 1 });
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  test("are those of Bun, with and without WebAssembly, one worker and four", async () => {
    for (const way of goldenWays) {
      expect(firstDifference(golden, await goldenText(files, way))).toBeUndefined();
    }
  });

  test.skipIf(!hasNode)("are those of Node, with and without WebAssembly, one worker and four", async () => {
    await bundle(["src/conformance/golden.ts", "src/pool/pool-worker.ts"], "browser", scratch);
    const program = join(scratch, "in-node.mjs");
    await writeFile(program, inNode);
    const { status, stderr } = spawnSync("node", [program, vectors, scratch], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    for (const { engine, workers } of goldenWays) {
      const text = await readFile(join(scratch, `${engine}-${workers}.txt`), "utf8");
      expect(firstDifference(golden, text)).toBeUndefined();
    }
  });

  const manifest = vectors === "" ? new Uint8Array() : readFileSync(join(vectors, "manifest.json"));
  const known = recordOf(manifest, "").vectors === goldenRecord.vectors;
  test.skipIf(!known)("are those that `bun run conformance <dir> --record` recorded of these vectors", () => {
    expect(recordOf(manifest, golden)).toEqual(goldenRecord);
  });

  test("are other ones if one engine sees one distance one last bit longer", async () => {
    const own = plainEngine();
    const sortDistances: Engine["sortDistances"] = (keys, classes, n, ...spare) => {
      own.sortDistances(keys, classes, n, ...spare);
      const lowByte = keys + 8 * (n - 1);
      const { u8 } = own.arena.views;
      u8[lowByte] = (u8[lowByte] ?? 0) ^ 1;
    };
    const expected = golden.slice(0, golden.indexOf('"pool"'));
    expect(firstDifference(expected, await suitesText(files, own))).toBeUndefined();
    const got = await suitesText(files, { ...own, sortDistances });
    expect(firstDifference(expected, got)).toStartWith("line ");
  });
});
