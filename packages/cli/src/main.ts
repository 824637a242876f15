import { PrepareError } from "@medforge/competitions/errors";
import { MedforgeError } from "@medforge/core/errors";
import { MachineError } from "@medforge/runtime/errors";
import { faultText } from "@medforge/server/competitions/faults";
import { ConfigError } from "@medforge/server/config";

import { competition } from "./commands/competition.ts";
import { demoSubmission } from "./commands/demo-submission.ts";
import { doctor } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { gpu } from "./commands/gpu.ts";
import { helpVerb, verbNamed } from "./commands/help.ts";
import { pack } from "./commands/pack.ts";
import { test } from "./commands/test.ts";
import { up } from "./commands/up.ts";
import { user } from "./commands/user.ts";
import { helpText, parseInput, UsageError, type Verb } from "./verb.ts";

const VERBS: readonly Verb[] = [
  up,
  down,
  doctor,
  test,
  user,
  pack,
  gpu,
  competition,
  demoSubmission,
  helpVerb(() => VERBS),
];

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
    if (error instanceof MedforgeError || error instanceof ConfigError || error instanceof PrepareError) {
      const faults = error instanceof MedforgeError ? faultLines(error) : [];
      // Over HTTP this is in the log alone; who is at the host's command line may know.
      const cause = error.cause instanceof Error ? [`  because: ${error.cause.message}`] : [];
      console.error([`medforge: ${error.message}`, ...faults, ...cause].join("\n"));
      return 1;
    }
    throw error;
  }
}

/** What is wrong with a bundle, one line a fault. */
function faultLines({ fields, fieldsTotal }: MedforgeError): string[] {
  const more = fieldsTotal > fields.length ? [`  … and ${fieldsTotal - fields.length} more`] : [];
  return [...fields.map((fault) => `  ${faultText(fault)}`), ...more];
}

process.exit(await main(process.argv.slice(2)));
