import { MachineError } from "@medforge/runtime/errors";

import { helpVerb, verbNamed } from "./commands/help.ts";
import { test } from "./commands/test.ts";
import { helpText, parseInput, UsageError, type Verb } from "./verb.ts";

const VERBS: readonly Verb[] = [test, helpVerb(() => VERBS)];

/** @returns the exit code: 2 when the command line itself is wrong */
async function main([name = "help", ...rest]: readonly string[]): Promise<number> {
  try {
    const verb = verbNamed(VERBS, name === "--help" || name === "-h" ? "help" : name);
    if (rest.includes("--help") || rest.includes("-h")) {
      console.log(helpText(verb));
      return 0;
    }
    return await verb.run(parseInput(verb, rest));
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`medforge: ${error.message}`);
      return 2;
    }
    if (error instanceof MachineError) {
      console.error(`medforge: ${error.message}\n${error.remedy}`);
      return 1;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
