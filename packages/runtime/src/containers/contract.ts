import { describe, setDefaultTimeout } from "bun:test";

import { endingsContract } from "./contract-endings.ts";
import { insideContract } from "./contract-inside.ts";
import { networksContract } from "./contract-networks.ts";
import { startsContract } from "./contract-starts.ts";
import { type ContainersSubject, openTrial } from "./contract-trial.ts";

const TEST_MS = 60_000;

/** What every runner of session containers promises, one file a subject. */
export function containersContract(name: string, make: () => Promise<ContainersSubject>): void {
  // A real engine on a busy machine; hooks, too.
  setDefaultTimeout(TEST_MS);
  describe(`containers: ${name}`, () => {
    const trial = openTrial(make);
    startsContract(trial);
    endingsContract(trial);
    networksContract(trial);
    insideContract(trial);
  });
}
