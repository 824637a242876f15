import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type CommandResult, command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

const BUILD_MS_MAX = 180_000;
/** What ends up in the pages. The server gives only types, and those leave no trace. */
const SOURCES = [
  "site/*.ts",
  "site/package.json",
  "site/src/**",
  "site/public/**",
  "site/integrations/**",
  "packages/contracts/src/**",
  "packages/scoring/{src,assembly}/**",
  "bun.lock",
].map((pattern) => new Bun.Glob(pattern));

/** Needs the kernels, which are a part of the site. Afterwards `site/dist` is the portal as the sources of this checkout describe it; at once when it was. */
export async function ensureSite(root: string): Promise<void> {
  const stamp = join(root, "site/dist/built-from.txt");
  const digest = sourcesDigest(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  const { exitCode, stdout, stderr } = await buildSite(root);
  if (exitCode !== 0) {
    throw new MachineError(
      "broken",
      `the portal could not be built: ${`${stdout}\n${stderr}`.trim().slice(-2000)}`,
      "Run `bun install --frozen-lockfile`, then this again.",
    );
  }
  writeFileSync(stamp, digest);
}

/**
 * Builds with Bun, whatever Node there is: Astro wants a newer one than Debian's. And for people, whoever builds: under
 * `bun test` NODE_ENV is "test", for which Vite takes Solid's slower development build.
 * @param words more of Astro's command line
 * @param env changes to the environment
 */
export function buildSite(
  root: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const astro = join(root, "site/node_modules/astro/bin/astro.mjs");
  return command([process.execPath, "--bun", astro, "build", ...words], {
    cwd: join(root, "site"),
    deadlineMs: BUILD_MS_MAX,
    env: { ASTRO_TELEMETRY_DISABLED: "1", NODE_ENV: "production", ...env },
  });
}

function sourcesDigest(root: string): string {
  const hash = createHash("sha256");
  const paths = SOURCES.flatMap((glob) => [...glob.scanSync({ cwd: root, onlyFiles: true })]);
  for (const path of paths.sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex");
}
