/** `bun run build`: makes `dist/medforge-scoring-<version>.tgz`, which installs into an empty folder without network. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { buildKernels } from "./build-kernels.ts";
import manifest from "./package.json" with { type: "json" };

/** Compressed, command line left out. */
const bytesMax = 150_000;
const here = import.meta.dirname;
const stage = join(here, "dist/package");

/** Builds the package and answers where the tarball lies. */
export async function buildPackage(): Promise<string> {
  await buildKernels();
  await rm(join(here, "dist"), { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  // One bundle for every engine: fflate's browser build, no import of node: that is not asked for at run time.
  await bundle(["src/index.ts", "src/pool/pool-worker.ts"], "browser", stage);
  await declarations();
  for (const name of ["README.md", "LICENSE"]) await cp(join(here, name), join(stage, name));
  // Its code is inside the bundle, so its licence goes with it.
  await cp(join(here, "node_modules/fflate/LICENSE"), join(stage, "LICENSE.fflate"));
  await writeFile(join(stage, "package.json"), `${JSON.stringify(published(), null, 2)}\n`);
  const { size } = Bun.file(await pack());
  if (size > bytesMax) throw new Error(`The library takes ${size} bytes compressed, over ${bytesMax}.`);
  await bundle(["src/cli.ts"], "node", stage);
  const tarball = await pack();
  console.log(
    `${size} bytes without the command line (limit ${bytesMax}), ${Bun.file(tarball).size} with it`,
  );
  return tarball;
}

async function pack(): Promise<string> {
  await run([process.execPath, "pm", "pack", "--quiet", "--destination", join(here, "dist")], stage);
  return join(here, "dist", `medforge-scoring-${manifest.version}.tgz`);
}

/** Each entry as `<folder>/<name>.js`, and beside them what several share; the kernels must be compiled before. */
export async function bundle(
  entries: readonly string[],
  target: "browser" | "node",
  folder: string,
): Promise<void> {
  const built = await Bun.build({
    entrypoints: entries.map((entry) => join(here, entry)),
    outdir: folder,
    target,
    format: "esm",
    // What the library and its worker share is one file. The command line stays whole, to be left out whole.
    splitting: entries.length > 1,
    naming: { entry: "[name].js", chunk: "[name]-[hash].js" },
    minify: true,
  });
  if (!built.success) throw new AggregateError(built.logs, `${entries.join(", ")} cannot be bundled.`);
}

/** Declarations file by file; their imports end in .js, as those of a published package do. */
async function declarations(): Promise<void> {
  await run([process.execPath, "x", "tsc", "-p", "tsconfig.build.json"], here);
  const folder = join(stage, "types");
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const text = await readFile(join(folder, name), "utf8");
    await writeFile(join(folder, name), text.replace(/(["']\.[^"']*)\.ts(["'])/g, "$1.js$2"));
  }
}

/** What users get to see of package.json: built files only, and no dependency, because there is none left. */
function published() {
  const { name, version, license } = manifest;
  return {
    name,
    version,
    description: "Exact, fast and portable metrics for medical imaging, and the scoring of competitions.",
    license,
    type: "module",
    exports: {
      ".": { types: "./types/index.d.ts", default: "./index.js" },
      "./pool-worker": "./pool-worker.js",
      "./package.json": "./package.json",
    },
    types: "./types/index.d.ts",
    bin: { "medforge-score": "cli.js" },
    engines: { node: ">=20" },
    sideEffects: false,
  };
}

async function run(command: readonly string[], cwd: string): Promise<void> {
  const child = Bun.spawn([...command], { cwd, stdout: "pipe", stderr: "pipe" });
  const [code, out, err] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} failed.\n${out}${err}`);
}

if (import.meta.main) console.log(await buildPackage());
