import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { findChromium, openChromium } from "@medforge/chromium/chromium";

import { Workspace } from "./kernels/workspace.ts";
import { installPackage, readmeExamples } from "./testing/installed-package.ts";
import { serveFolders } from "./testing/static-server.ts";

setDefaultTimeout(120_000);

const hasNpm = spawnSync("npm", ["--version"]).status === 0;
const imports = {
  "@medforge/scoring": "/app/node_modules/@medforge/scoring/index.js",
  // So that the README's examples run in a page as they are.
  "node:fs/promises": "/app/files.js",
};
const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
const filesModule = `
  export const readFile = async (name) => new Uint8Array(await (await fetch("/app/" + name)).arrayBuffer());`;
const scoresModule = `
  import { ScoringPool, Workspace } from "@medforge/scoring";
  import { readFile } from "node:fs/promises";

  const load = async () => ({
    reference: await readFile("reference.nii.gz"),
    prediction: await readFile("prediction.nii.gz"),
  });
  const workspace = await Workspace.create();
  const { spacing } = await workspace.read(await load());
  const pool = new ScoringPool({ workers: 2 });
  const pooled = await pool.score(["a", "b", "c"].map((id) => ({ id, load, tolerances: [1, 2] })));
  pool.close();
  export const engine = workspace.engine;
  export const scores = workspace.score({ spacing, tolerances: [1, 2] });
  export const ofWorkers = pooled.map((result) => result.scores);`;

interface Scores {
  readonly engine: string;
  readonly scores: unknown;
  readonly ofWorkers: readonly unknown[];
}

describe.skipIf(!hasNpm || !findChromium())("the installed package in a page of Chromium", () => {
  let app = "";
  let scores: unknown;

  beforeAll(async () => {
    app = await installPackage("npm");
    await writeFile(join(app, "files.js"), filesModule);
    await writeFile(join(app, "scores.js"), scoresModule);
    const [reference, prediction] = await Promise.all(
      ["reference.nii.gz", "prediction.nii.gz"].map((name) => readFile(join(app, name))),
    );
    if (reference === undefined || prediction === undefined) throw new Error("There are no masks.");
    const workspace = await Workspace.create();
    const { spacing } = await workspace.read({ reference, prediction });
    scores = workspace.score({ spacing, tolerances: [1, 2] });
  });
  afterAll(() => rm(app, { recursive: true, force: true }));

  /** A page that imports a module of the app. @returns what the module exports, as JSON can hold it. */
  async function imported<Exports>(
    module: string,
    { flags = [], policy }: { flags?: string[]; policy?: string } = {},
  ): Promise<Exports> {
    const headers = policy === undefined ? {} : { "content-security-policy": policy };
    using server = serveFolders({ app }, { page, headers });
    await using browser = await openChromium(flags);
    const tab = await browser.newPage();
    await tab.goto(server.url.href);
    return await tab.evaluate<Exports>(`import("/app/${module}").then((module) => ({ ...module }))`);
  }

  test("every example of the README prints there what it prints in Node", async () => {
    for (const { code, prints } of await readmeExamples()) {
      const log = "(...values) => { printed.push(...values.map((value) => JSON.stringify(value))); }";
      const listen = `export const printed = [];\nconst console = { log: ${log} };\n`;
      await writeFile(join(app, "example.js"), listen + code);
      const { printed } = await imported<{ printed: string[] }>("example.js");
      const plain = (text: string) => text.replace(/[\s"]/g, "");
      expect(plain(printed.join(""))).toStartWith(plain(prints));
    }
  });

  test("scores masks on the main thread and in a pool of workers as Bun does", async () => {
    const got = await imported<Scores>("scores.js");
    expect(got).toEqual({ engine: "wasm", scores, ofWorkers: [scores, scores, scores] });
  });

  test("takes the plain kernels where the page forbids WebAssembly, and says so", async () => {
    const got = await imported<Scores>("scores.js", { policy: "script-src 'self' 'unsafe-inline'" });
    expect(got).toEqual({ engine: "plain", scores, ofWorkers: [scores, scores, scores] });
  });

  // On other processors this switch of V8's does nothing.
  test.skipIf(process.arch !== "x64")("takes them where there is no SIMD, and says so", async () => {
    const got = await imported<Scores>("scores.js", { flags: ["--js-flags=--no-enable-sse4-1"] });
    expect(got).toEqual({ engine: "plain", scores, ofWorkers: [scores, scores, scores] });
  });
});
