import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

import type { Bench, LaneResult } from "./lanes.ts";

/** Which package of ours may import which; `site` takes types of the server only. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "packages/scoring": [],
  "packages/chromium": [],
  "deploy/competitions": ["scoring"],
  "packages/contracts": [],
  "packages/runtime": ["core"],
  "packages/db": ["core"],
  "packages/server": ["core", "scoring", "runtime", "db", "contracts"],
  "packages/cli": ["competitions", "core", "scoring", "runtime", "db", "contracts", "server"],
  site: ["contracts", "scoring", "server"],
};

/** Tests and benches of any package may open a browser; what a package ships may not. */
const FOR_TESTS = ["chromium"];
const TEST_FILE = /\.test\.tsx?$|^(packages\/\w+|site)\/(bench|e2e)\//;

export interface SourceFile {
  /** From the checkout: `packages/core/src/ids.ts`. */
  readonly path: string;
  readonly text: string;
}

/** What is wrong with the imports of one file, one sentence each. */
export function importFaults(file: SourceFile): string[] {
  const room = Object.keys(ARROWS).find((name) => file.path.startsWith(`${name}/`));
  if (room === undefined) return [];
  const faults: string[] = [];
  for (const { specifier, typeOnly } of imports(file.text)) {
    if (specifier.startsWith(".")) {
      const target = relative(".", resolve(dirname(file.path), specifier));
      if (!target.startsWith(`${room}/`)) faults.push(`${file.path} climbs out of its package: ${specifier}`);
      continue;
    }
    const other = /^@medforge\/([^/]+)/.exec(specifier)?.[1];
    if (other === undefined || room.endsWith(`/${other}`)) continue;
    if (FOR_TESTS.includes(other) && TEST_FILE.test(file.path)) continue;
    if (specifier.includes("/e2e/") && !TEST_FILE.test(file.path)) {
      faults.push(`${file.path} may not import what is there for tests: ${specifier}`);
    } else if (!ARROWS[room]?.includes(other)) faults.push(`${file.path} may not import ${specifier}`);
    else if (room === "site" && other === "server" && !typeOnly) {
      faults.push(`${file.path} may import only types of ${specifier}`);
    }
  }
  return faults;
}

function imports(text: string): { specifier: string; typeOnly: boolean }[] {
  const statements = /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gm;
  const dynamic = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
  return [
    ...[...text.matchAll(statements)].map((m) => ({ specifier: m[2] ?? "", typeOnly: m[1] !== undefined })),
    ...[...text.matchAll(dynamic)].map((m) => ({ specifier: m[1] ?? "", typeOnly: false })),
  ];
}

/** Registry addresses in the lockfile would bind everyone to one mirror. */
export function lockfileFaults(lock: string): string[] {
  return /"https?:\/\//.test(lock)
    ? ["bun.lock names a registry host: install with the default registry"]
    : [];
}

export async function structureLane(bench: Bench): Promise<LaneResult> {
  const glob = new Bun.Glob("{packages,deploy,site}/**/*.{ts,tsx,astro}");
  const files = [...glob.scanSync({ cwd: bench.root })].filter(
    (path) => !/(^|\/)(node_modules|dist|\.astro)\//.test(path),
  );
  const importing = files.flatMap((path) =>
    importFaults({ path, text: readFileSync(join(bench.root, path), "utf8") }),
  );
  const lock = join(bench.root, "bun.lock");
  const locking = existsSync(lock) ? lockfileFaults(readFileSync(lock, "utf8")) : ["bun.lock is missing"];
  const failed = [importing, locking].filter((faults) => faults.length > 0).length;
  return { passed: 2 - failed, failed, skipped: 0, output: [...importing, ...locking].join("\n") };
}
