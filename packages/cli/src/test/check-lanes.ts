import { openSync, readSync } from "node:fs";
import { join } from "node:path";

import { command } from "@medforge/runtime/command";

import { findProgram } from "../host/programs.ts";
import type { Bench, LaneResult } from "./lanes.ts";
import { logged } from "./logged.ts";

const MS_MAX = 5 * 60_000;

/** A lane that is one program of node_modules/.bin: it passes or it fails. */
export function checkLane(argv: readonly [string, ...string[]]) {
  return async (bench: Bench): Promise<LaneResult> => {
    const [program, ...rest] = argv;
    const bin = join(bench.root, "node_modules/.bin", program);
    return verdict(
      await logged(bench, program, [process.execPath, "--bun", bin, ...rest], { msMax: MS_MAX }),
    );
  };
}

export async function shellLane(bench: Bench): Promise<LaneResult> {
  const shellcheck = findProgram("shellcheck");
  if (shellcheck === undefined) return skipped("shellcheck is not installed");
  const listed = await command(["git", "ls-files", "-z"], { cwd: bench.root });
  if (listed.exitCode !== 0) return skipped(`git cannot list the files: ${listed.stderr.trim()}`);
  const scripts = listed.stdout.split("\0").filter((file) => file !== "" && isShell(join(bench.root, file)));
  return verdict(await logged(bench, "shellcheck", [shellcheck, ...scripts], { msMax: MS_MAX }));
}

/** By its first line, so that scripts without an ending are found too. */
function isShell(path: string): boolean {
  const head = Buffer.alloc(64);
  try {
    const length = readSync(openSync(path, "r"), head);
    return /^#!.*\b(ba|da)?sh\b/.test(head.toString("latin1", 0, length).split("\n")[0] ?? "");
  } catch {
    return false;
  }
}

export function verdict({ exitCode, output }: { exitCode: number; output: string }): LaneResult {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, output };
}

export function skipped(because: string): LaneResult {
  return { passed: 0, failed: 0, skipped: 1, output: "", skippedBecause: because };
}
