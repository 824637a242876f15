import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

const BUILD_MS = 15 * 60_000;
const IMPORT_MS = 5 * 60_000;

/**
 * The default pack's root filesystem, built from this host's own packages when the sources have changed since.
 * @returns the path of a tar file in `cache`
 */
export async function packRootfs(root: string, cache: string): Promise<string> {
  const sources = join(root, "deploy/packs/default");
  const prefix = "default-pack-";
  const out = join(cache, `${prefix}${treeHash(sources).slice(0, 16)}.tar`);
  if (existsSync(out)) return out;
  mkdirSync(cache, { recursive: true });
  await run([join(sources, "build-local"), "--out", out], BUILD_MS);
  // Older ones are of no use any more, and each is 200 MB.
  for (const file of readdirSync(cache)) {
    if (file.startsWith(prefix) && join(cache, file) !== out) rmSync(join(cache, file));
  }
  return out;
}

/** Imports a root filesystem as a session image. @returns the image id: an imported image has no digest */
export async function importPack(root: string, tar: string, engine: string): Promise<string> {
  const said = await run(
    [join(root, "deploy/packs/default/build-local"), "--import", tar, "--host", engine],
    IMPORT_MS,
  );
  const id = said.trim().split("\n").at(-1) ?? "";
  if (!/^sha256:[0-9a-f]{64}$/.test(id)) {
    throw new MachineError(
      "broken",
      `the import of the pack gave no image id but: ${id}`,
      "Look at Docker's log.",
    );
  }
  return id;
}

/** What `build-local` does not read. */
const NO_SOURCES = ["README.md", "Dockerfile"];

/** Names, modes and contents of every source, so that any change is seen. */
export function treeHash(folder: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    if (NO_SOURCES.includes(name)) continue;
    const path = join(folder, name);
    const { mode } = statSync(path);
    hash.update(`${name}\0${mode}\0`);
    if (statSync(path).isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

async function run(argv: readonly string[], deadlineMs: number): Promise<string> {
  const result = await command(argv, { deadlineMs });
  if (result.exitCode === 0) return result.stdout;
  throw new MachineError(
    "broken",
    `\`${argv.join(" ")}\` failed: ${result.stderr.trim()}`,
    "Mend what it names, then try again.",
  );
}
