import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { vectorsFolder } from "@medforge/scoring/testing/vectors";

import { ensureKernels } from "../host/kernels.ts";
import { ensureMariadb } from "../host/mariadb.ts";
import { packRootfs } from "../host/pack.ts";
import { places } from "../host/places.ts";
import { findProgram } from "../host/programs.ts";
import { ensureSite } from "../host/site.ts";
import { skipped } from "./check-lanes.ts";
import { bunCounts } from "./counts.ts";
import { type Need, testFiles } from "./files.ts";
import type { Bench, LaneResult } from "./lanes.ts";
import { logged } from "./logged.ts";

const MINUTE_MS = 60_000;
/** One test, or one hook: Bun's 5 s for hooks are not in bunfig's reach, and CI machines are slow. */
export const BUN_TEST = ["--timeout", "60000"] as const;
/** What lab.sh answers where no namespaces are permitted. */
const NO_LAB = 77;

export function unitLane(bench: Bench): Promise<LaneResult> {
  return withKernels(bench, () => bunTest(bench, "nothing", "unit", 5 * MINUTE_MS, {}));
}

export async function conformanceLane(bench: Bench): Promise<LaneResult> {
  const { folder, reason } = vectorsFolder();
  if (folder === undefined) return skipped(reason);
  return withKernels(bench, () => bunTest(bench, "vectors", "conformance", 5 * MINUTE_MS, {}));
}

export async function browserLane(bench: Bench): Promise<LaneResult> {
  if (!findProgram("chromium")) return skipped("Chromium is not installed");
  // A test that fails may leave Chromium's profile behind, so that lies in the folder that goes with the run.
  return withKernels(bench, () =>
    bunTest(bench, "browser", "browser", 10 * MINUTE_MS, { TMPDIR: bench.scratch }),
  );
}

export function databaseLane(bench: Bench): Promise<LaneResult> {
  return withKernels(bench, () =>
    withDatabase(bench, (url) =>
      bunTest(bench, "database", "database", 10 * MINUTE_MS, { MEDFORGE_TEST_DATABASE: url }),
    ),
  );
}

export async function portalLane(bench: Bench): Promise<LaneResult> {
  if (!findProgram("chromium")) return skipped("Chromium is not installed");
  return withKernels(bench, async () => {
    // They are a part of the site.
    await ensureSite(bench.root);
    return withDatabase(bench, (url) =>
      bunTest(bench, "portal", "portal", 10 * MINUTE_MS, {
        MEDFORGE_TEST_DATABASE: url,
        TMPDIR: bench.scratch,
      }),
    );
  });
}

export function simulationLane(bench: Bench): Promise<LaneResult> {
  return withDatabase(bench, (url) =>
    bunTest(bench, "simulation", "simulation", 20 * MINUTE_MS, { MEDFORGE_TEST_DATABASE: url }),
  );
}

/** The lab has no internet, so what the pack is made of is fetched before. */
export async function machineLane(bench: Bench): Promise<LaneResult> {
  const files = testFiles(bench.root, "machine");
  if (files.length === 0) return NOTHING_TO_RUN;
  const lacking = lackingForLab();
  if (lacking !== undefined) return skipped(lacking);
  const rootfs = await packRootfs(bench.root, bench.cache);
  const lab = [join(bench.root, "ops/host/lab.sh"), "--veth", "--"];
  const inside = [process.execPath, join(bench.root, "packages/cli/src/test/lab.ts"), bench.scratch, rootfs];
  const tests = [process.execPath, "test", ...BUN_TEST, ...files];
  const run = await logged(bench, "machine", [...lab, ...inside, ...tests], { msMax: 30 * MINUTE_MS });
  if (run.exitCode === NO_LAB) return skipped(run.output.trim());
  return { ...bunCounts(run.output, run.exitCode, files.length), output: run.output };
}

/** Tests that make a lab of their own, because they bring a whole host up themselves. */
export async function newcomerLane(bench: Bench): Promise<LaneResult> {
  const lacking = lackingForLab();
  if (lacking !== undefined) return skipped(lacking);
  const rootfs = await packRootfs(bench.root, bench.cache);
  return bunTest(bench, "lab", "newcomer", 20 * MINUTE_MS, { MEDFORGE_TEST_ROOTFS: rootfs });
}

function lackingForLab(): string | undefined {
  if (process.getuid?.() !== 0) return "a lab needs root";
  for (const program of ["unshare", "mariadbd", "dockerd", "zpool", "mmdebstrap", "nft", "ssh", "caddy"]) {
    if (!findProgram(program)) return `${program} is not installed`;
  }
  return undefined;
}

const NOTHING_TO_RUN: LaneResult = { passed: 0, failed: 0, skipped: 0, output: "" };

async function bunTest(
  bench: Bench,
  need: Need,
  name: string,
  msMax: number,
  env: Readonly<Record<string, string>>,
): Promise<LaneResult> {
  const files = testFiles(bench.root, need);
  if (files.length === 0) return NOTHING_TO_RUN;
  const run = await logged(bench, name, [process.execPath, "test", ...BUN_TEST, ...files], { msMax, env });
  return { ...bunCounts(run.output, run.exitCode, files.length), output: run.output };
}

/** A process that did not find the compiled kernels does not look again, so they are made before the first test. */
async function withKernels(bench: Bench, work: () => Promise<LaneResult>): Promise<LaneResult> {
  await ensureKernels(bench.root);
  return work();
}

async function withDatabase(bench: Bench, work: (url: string) => Promise<LaneResult>): Promise<LaneResult> {
  if (!findProgram("mariadbd")) return skipped("MariaDB is not installed");
  const state = join(bench.scratch, "state");
  mkdirSync(state, { recursive: true });
  // MariaDB's own user has to pass.
  chmodSync(bench.scratch, 0o711);
  const at = places(state);
  const database = await ensureMariadb(at, { durable: false });
  try {
    return await work(database.url("mysql"));
  } finally {
    await database.stop();
    rmSync(at.sockets, { recursive: true, force: true });
  }
}
