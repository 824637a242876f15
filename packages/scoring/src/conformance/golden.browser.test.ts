import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findChromium, openChromium } from "@medforge/chromium/chromium";

import { bundle } from "../../build.ts";
import { buildKernels } from "../../build-kernels.ts";
import { serveFolders } from "../testing/static-server.ts";
import { vectorsFolder } from "../testing/vectors.ts";
import { firstDifference, goldenText, goldenWays } from "./golden.ts";

setDefaultTimeout(120_000);

const { folder: vectors = "", reason } = vectorsFolder();
const files = { bytes: async (path: string) => new Uint8Array(await readFile(join(vectors, path))) };

/** A module of the page, and as it is a worker's script too. */
const inPage = `
  import { goldenText } from "./golden.js";

  const bytes = async (path) => new Uint8Array(await (await fetch("/vectors/" + path)).arrayBuffer());
  export const onMainThread = (way) => goldenText({ bytes }, way);
  export const inWorker = (way) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(import.meta.url, { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(way);
    });
  if (!("document" in globalThis)) onmessage = async ({ data }) => postMessage(await onMainThread(data));
`;

describe.skipIf(vectors === "" || !findChromium())(
  `the results over all vectors, to the last bit ${reason}`,
  () => {
    let scratch = "";
    let golden = "";

    beforeAll(async () => {
      await buildKernels();
      scratch = await mkdtemp(join(tmpdir(), "medforge-golden-"));
      await bundle(["src/conformance/golden.ts", "src/pool/pool-worker.ts"], "browser", scratch);
      await writeFile(join(scratch, "in-page.js"), inPage);
      golden = await goldenText(files, { engine: "wasm", workers: 1 });
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));

    for (const [place, call] of [
      ["main thread", "onMainThread"],
      ["workers", "inWorker"],
    ] as const) {
      test(`are those of Chromium's ${place}, with and without WebAssembly, one worker and four`, async () => {
        using server = serveFolders({ code: scratch, vectors });
        await using browser = await openChromium();
        const page = await browser.newPage();
        await page.goto(server.url.href);
        for (const way of goldenWays) {
          const script = `import("/code/in-page.js").then((page) => page.${call}(${JSON.stringify(way)}))`;
          expect(firstDifference(golden, await page.evaluate<string>(script))).toBeUndefined();
        }
      });
    }
  },
);
