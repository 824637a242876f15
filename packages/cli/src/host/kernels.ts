import { join } from "node:path";

import { command } from "@medforge/runtime/command";
import { MachineError } from "@medforge/runtime/errors";

const COMPILE_MS_MAX = 60_000;

/**
 * Afterwards the scoring kernels of this checkout are compiled from the sources that lie there; at once when they were.
 * In a process of its own: one that has looked for them in vain does not look again.
 */
export async function ensureKernels(root: string): Promise<void> {
  const program = join(root, "packages/scoring/build-kernels.ts");
  const { exitCode, stderr } = await command([process.execPath, program], { deadlineMs: COMPILE_MS_MAX });
  if (exitCode === 0) return;
  throw new MachineError(
    "broken",
    `the scoring kernels could not be compiled: ${stderr}`,
    "Run `bun install --frozen-lockfile`, then this again.",
  );
}
