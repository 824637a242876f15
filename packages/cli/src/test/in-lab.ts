/**
 * Runs a program of ours, a bench for instance, in a lab of its own with a real engine, pool and database.
 * usage: in-lab.ts <program.ts> [argument…]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { startDaemon } from "@medforge/runtime/command";

import { packRootfs } from "../host/pack.ts";
import { CHECKOUT } from "../host/places.ts";
import { step } from "../progress.ts";

const [program, ...words] = process.argv.slice(2);
if (program === undefined) {
  console.error("usage: in-lab.ts <program.ts> [argument…]");
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), "medforge-lab-"));
try {
  const cache = join(CHECKOUT, ".medforge/cache");
  const rootfs = await step("default pack", () => packRootfs(CHECKOUT, cache));
  const lab = [join(CHECKOUT, "ops/host/lab.sh"), "--veth", "--", process.execPath];
  const inside = [join(CHECKOUT, "packages/cli/src/test/lab.ts"), scratch, rootfs];
  const argv = [...lab, ...inside, process.execPath, resolve(program), ...words];
  process.exitCode = await startDaemon(argv, { logFile: "/dev/stdout", cwd: CHECKOUT }).exited;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
