import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { startDaemon } from "@medforge/runtime/command";

import type { Bench } from "./lanes.ts";

export interface Logged {
  readonly exitCode: number;
  /** stdout and stderr, also of a run that was cut short. */
  readonly output: string;
}

/** Runs a program to its end, its output into a file: what a run says before it hangs is what one wants to read. */
export async function logged(
  bench: Bench,
  name: string,
  argv: readonly string[],
  options: { readonly msMax: number; readonly env?: Readonly<Record<string, string>> },
): Promise<Logged> {
  const logFile = join(bench.scratch, `${name}.log`);
  const child = startDaemon(argv, {
    logFile,
    cwd: bench.root,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.msMax);
  const exitCode = await child.exited;
  clearTimeout(timer);
  const said = existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
  return late
    ? { exitCode: 124, output: `${said}\n${name}: killed after ${options.msMax / 1000} s` }
    : { exitCode, output: said };
}
