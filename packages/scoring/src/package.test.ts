import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { installPackage, readmeExamples } from "./testing/installed-package.ts";

const here = import.meta.dirname;
const hasNpm = spawnSync("npm", ["--version"]).status === 0;
let folder = "";

const run = (command: string, ...args: string[]) =>
  spawnSync(command, args, { cwd: folder, encoding: "utf8", timeout: 60_000 });

describe.skipIf(!hasNpm)("the package from its tarball in an empty folder", () => {
  beforeAll(async () => {
    folder = await installPackage("npm");
  }, 120_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("needs no other package", () => {
    expect(existsSync(join(folder, "node_modules/@medforge/scoring/index.js"))).toBe(true);
    expect(existsSync(join(folder, "node_modules/fflate"))).toBe(false);
  });

  test("carries the licence that its package.json names, and that of the code inside it", async () => {
    const file = (name: string) => readFile(join(folder, "node_modules/@medforge/scoring", name), "utf8");
    expect(JSON.parse(await file("package.json")).license).toBe("Apache-2.0");
    expect(await file("LICENSE")).toContain(
      "Apache License\n                           Version 2.0, January 2004",
    );
    expect(await file("LICENSE.fflate")).toStartWith("MIT License");
  });

  test("every example of the README runs in Node and in Bun and prints the same", async () => {
    for (const { code, prints } of await readmeExamples()) {
      await writeFile(join(folder, "example.mjs"), code);
      const [node, bun] = ["node", process.execPath].map((engine) => run(engine, "example.mjs"));
      expect(node?.stderr).toBe("");
      expect(bun?.stderr).toBe("");
      const plain = (text = "") => text.replace(/\s+/g, " ");
      expect(plain(node?.stdout)).toStartWith(plain(prints));
      expect(plain(bun?.stdout)).toBe(plain(node?.stdout));
    }
  }, 60_000);

  // On other processors this switch of V8's does nothing.
  test.skipIf(process.arch !== "x64")("Node without SIMD takes the plain kernels and says so", async () => {
    const script = `
      import { Workspace } from "@medforge/scoring";
      console.log((await Workspace.create()).engine);`;
    await writeFile(join(folder, "engine.mjs"), script);
    expect(run("node", "engine.mjs").stdout).toBe("wasm\n");
    expect(run("node", "--no-enable-sse4-1", "engine.mjs").stdout).toBe("plain\n");
  });

  test("without node:zlib, as in a page, images and archives are read and damage is refused alike", async () => {
    const script = `
      Object.defineProperty(globalThis, "process", { value: undefined });
      const { gzip, openZip, readMask, Workspace, writeNifti, writeZip } = await import("@medforge/scoring");
      const voxels = new Uint8Array(64000).map((_, at) => at % 7);
      const plain = writeNifti({ voxels, shape: [40, 40, 40], spacing: [1, 1, 2] });
      const packed = await gzip(plain);
      const half = await gzip(plain.subarray(0, 30000));
      const members = new Uint8Array([...half, ...(await gzip(plain.subarray(30000)))]);
      const [file] = await openZip(writeZip({ "w/a.nii": plain }));
      for (const bytes of [packed, members, await file.read()]) {
        const { labels } = await readMask(bytes);
        console.log(labels.every((label, at) => label === voxels[at]));
      }
      const workspace = await Workspace.create();
      const { spacing } = await workspace.read({ reference: members, prediction: packed });
      console.log(workspace.score({ spacing }).every(({ overlap, counts }) => overlap.dice === 1 && counts.tp > 9000));
      const damage = [packed.length - 1, packed.length - 6, 40].map((at) => packed.map((b, i) => (i === at ? b ^ 1 : b)));
      for (const bytes of [...damage, packed.subarray(0, -1), new Uint8Array([...packed, 0])]) {
        console.log(await readMask(bytes).then(() => "accepted", (error) => error.code));
      }`;
    await writeFile(join(folder, "page.mjs"), script);
    for (const engine of ["node", process.execPath]) {
      const { stdout, stderr } = run(engine, "page.mjs");
      expect(stderr).toBe("");
      const refused = ["gzip_damaged", "gzip_damaged", "gzip_damaged", "gzip_damaged", "gzip_damaged"];
      expect(stdout.trim().split("\n").slice(0, 4)).toEqual(["true", "true", "true", "true"]);
      expect(stdout.trim().split("\n").slice(4)).toEqual(refused);
    }
  }, 60_000);

  test("the command line runs in Node", () => {
    const compared = run(
      "node_modules/.bin/medforge-score",
      "compare",
      "reference.nii.gz",
      "prediction.nii.gz",
    );
    expect(compared.status).toBe(0);
    expect(compared.stdout).toMatch(/^1 +0\.8888889/m);
    expect(run("node_modules/.bin/medforge-score").status).toBe(2);
    const both = run("node_modules/.bin/medforge-score", "folder", ".", ".", "--workers", "2");
    expect(both.stderr).toBe("");
    expect(both.stdout).toMatch(/^prediction,1,1,1,0,0,1,[\s\S]+^reference,1,1,1,0,0,1,/m);
  }, 60_000);

  test("the declarations are good for a strict user", async () => {
    await writeFile(
      join(folder, "use.ts"),
      'import { dice } from "@medforge/scoring";\nexport const nothing: number = dice;\n',
    );
    await writeFile(
      join(folder, "good.ts"),
      'import { auroc, type Manifest, score, Workspace } from "@medforge/scoring";\n' +
        "export const value: number = auroc([0, 1], [0.1, 0.2]);\n" +
        "export const make: Promise<Workspace> = Workspace.create();\n" +
        "export type Scored = Awaited<ReturnType<typeof score>>;\n" +
        "export const task = (manifest: Manifest): string => manifest.task;\n",
    );
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    const modules = ["--module", "nodenext", "--moduleResolution", "nodenext"];
    const tsc = join(here, "../../../node_modules/.bin/tsc");
    const good = run(tsc, ...options, ...modules, "--ignoreConfig", "good.ts");
    expect(good.stdout).toBe("");
    expect(run(tsc, ...options, ...modules, "--ignoreConfig", "use.ts").status).not.toBe(0);
  }, 60_000);
});

test("Bun installs the tarball into an empty folder too", async () => {
  const own = await installPackage("bun");
  try {
    const [example] = await readmeExamples();
    await writeFile(join(own, "example.mjs"), example?.code ?? "");
    const { stdout } = spawnSync(process.execPath, ["example.mjs"], { cwd: own, encoding: "utf8" });
    expect(stdout).toStartWith(example?.prints ?? "no example");
  } finally {
    await rm(own, { recursive: true });
  }
}, 120_000);
