import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildPackage } from "../../build.ts";
import { gzip } from "../images/gzip.ts";
import { writeNifti } from "../images/write-nifti.ts";

const INSTALL = {
  npm: ["npm", "install", "--offline", "--no-audit", "--no-fund"],
  bun: [process.execPath, "add", "--silent"],
} as const;

/** Builds the package and installs it into an empty folder, beside the two masks of the README. @returns the folder. */
export async function installPackage(by: "npm" | "bun"): Promise<string> {
  const tarball = await buildPackage();
  const folder = await mkdtemp(join(tmpdir(), "medforge-package-"));
  await writeFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const [program, ...words] = INSTALL[by];
  const installed = spawnSync(program, [...words, tarball], { cwd: folder, encoding: "utf8" });
  if (installed.status !== 0) throw new Error(`${program} cannot install it: ${installed.stderr}`);
  for (const [name, to] of [
    ["reference.nii.gz", 40],
    ["prediction.nii.gz", 36],
  ] as const) {
    const voxels = new Uint8Array(64).fill(1, 20, to);
    const image = writeNifti({ voxels, shape: [4, 4, 4], spacing: [1, 1, 2] });
    await writeFile(join(folder, name), await gzip(image));
  }
  return folder;
}

export interface Example {
  readonly code: string;
  /** How its output begins. */
  readonly prints: string;
}

const PRINTS = [
  "1 0.8888888888888888",
  "0.8888888888888888 1 1\n1 of 2\n2 of 2\na 0.8888888888888888\nb 0.8888888888888888",
  "[] 0.75",
  "true\n0.5 [ 1, 0 ] 0.1.0",
];

/** The README's blocks of JavaScript, in order. */
export async function readmeExamples(): Promise<Example[]> {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const codes = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  if (codes.length !== PRINTS.length) throw new Error(`The README has ${codes.length} examples.`);
  return codes.map((code, at) => ({ code, prints: PRINTS[at] ?? "" }));
}
