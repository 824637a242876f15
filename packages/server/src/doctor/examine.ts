import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { checkDatabase } from "./database.ts";
import { checkEngine } from "./engine.ts";
import type { Finding } from "./finding.ts";
import { checkFirewall } from "./firewall.ts";
import { checkGpus } from "./gpus.ts";
import { checkPacks } from "./pack.ts";
import { checkPorts } from "./ports.ts";
import { checkScoring } from "./scoring.ts";
import { checkStorage } from "./storage.ts";

/**
 * Looks at all that the server works with, in the order in which one would mend it. Changes nothing, and never throws:
 * what cannot be asked is a finding. `./medforge doctor` adds what only stands outside the server.
 */
export async function examine(deps: Deps): Promise<Finding[]> {
  const database = await checkDatabase(deps);
  const readable = database.every(({ level }) => level === "ok");
  const rest = await Promise.all(checksFor(deps.config, readable).map((check) => check(deps)));
  return [...database, ...rest.flat()];
}

/**
 * A pretended machine lives in the server's memory: looking at another one here would say nothing. And what has to
 * be compared with the database says nothing without it.
 */
function checksFor(config: Config, readable: boolean): readonly ((deps: Deps) => Promise<Finding[]>)[] {
  const machine = config.runtime === "memory" ? [] : [checkEngine, checkFirewall, checkStorage];
  const compared =
    config.runtime === "memory"
      ? [checkGpus, checkScoring]
      : [checkPacks, checkGpus, checkScoring, checkPorts];
  return readable ? [...machine, ...compared] : machine;
}
