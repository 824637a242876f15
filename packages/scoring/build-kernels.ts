import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "assembly");
const target = join(import.meta.dirname, "src/kernels/wasm-module.js");
const OPTIONS = [
  "--optimizeLevel=3",
  "--noAssert",
  "--runtime=stub",
  "--importMemory",
  "--enable=simd",
  "--initialMemory=1",
  "--maximumMemory=65536",
];

/**
 * Compiles the kernels of `assembly/` into a module that holds them as base64, unless the module that lies there was
 * made of the same sources. Takes about two seconds when it does. May be called twice at once: what is renamed last
 * has the same content. @returns whether it compiled.
 */
export async function buildKernels(): Promise<boolean> {
  const stamp = `// Made by packages/scoring/build-kernels.ts from sources ${await sourcesHash()}.`;
  const present = await readFile(target, "utf8").catch(() => "");
  if (present.startsWith(stamp)) return false;
  // Loaded only when there is something to compile: it is large.
  const { default: asc } = await import("assemblyscript/asc");
  const scratch = await mkdtemp(join(tmpdir(), "medforge-kernels-"));
  try {
    const wasm = join(scratch, "kernels.wasm");
    const { error, stderr } = await asc.main([join(folder, "kernels.ts"), `--outFile=${wasm}`, ...OPTIONS]);
    if (error) throw new Error(`asc refused the kernels: ${error.message}\n${stderr.toString()}`);
    const base64 = (await readFile(wasm)).toString("base64");
    const half = `${target}.${process.pid}`;
    await writeFile(half, `${stamp}\nexport const kernelsBase64 =\n  "${base64}";\n`);
    await rename(half, target);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return true;
}

async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort()) {
    if (name.endsWith(".ts")) hash.update(`${name}\n`).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

if (import.meta.main) {
  console.log((await buildKernels()) ? `built ${target}` : "the kernels are up to date");
}
