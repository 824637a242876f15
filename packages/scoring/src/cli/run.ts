import { ScoringError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import { compareCommand, compareUsage } from "./compare.ts";
import { checkCommand, checkUsage, printFaults, scoreCommand, scoreUsage } from "./competition-commands.ts";
import { folderCommand, folderUsage } from "./folder.ts";
import { metricsCommand, metricsUsage } from "./metrics.ts";
import { type Terminal, UsageError } from "./terminal.ts";

const commands: Readonly<
  Record<string, (args: readonly string[], terminal: Terminal) => number | Promise<number>>
> = {
  check: checkCommand,
  score: scoreCommand,
  compare: compareCommand,
  folder: folderCommand,
  metrics: metricsCommand,
};

const usage = `usage: medforge-score <command>

  ${[checkUsage, scoreUsage, compareUsage, folderUsage, metricsUsage].join("\n  ")}

Exit codes: 0 fine, 1 faults found, 2 usage.
`;

/** Runs one command and answers its exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--version") {
    terminal.out(`${packageVersion}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    terminal.out(usage);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    terminal.err(usage);
    return 2;
  }
  try {
    return await command(rest, terminal);
  } catch (error) {
    if (error instanceof ScoringError) {
      printFaults({ out: terminal.err }, "fault", error.faults, error.faultsTotal);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    terminal.err(`${error.message}\n\n${usage}`);
    return 2;
  }
}
