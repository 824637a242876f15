import type { Config } from "@medforge/server/config";
import { ConfigError } from "@medforge/server/config";
import type { Deps } from "@medforge/server/deps";

import { withDeps } from "../book.ts";
import type { Places } from "../host/places.ts";
import { currentConfig } from "../settings.ts";
import { checkDatabase } from "./database.ts";
import { checkEngine } from "./engine.ts";
import type { Finding } from "./finding.ts";
import { checkFirewall } from "./firewall.ts";
import { checkGate } from "./gate.ts";
import { checkGpus } from "./gpus.ts";
import { checkHost, checkPorts } from "./host.ts";
import { checkPacks } from "./pack.ts";
import { checkScoring } from "./scoring.ts";
import { checkServer } from "./server.ts";
import { checkStorage } from "./storage.ts";

/** Looks at everything, in the order in which one would mend it. Changes nothing. */
export async function examine(at: Places): Promise<Finding[]> {
  const host = await checkHost(at.state);
  const config = settings(at);
  if ("code" in config) return [config, ...host];
  const found = await withDeps(config, async (deps) => {
    const database = await checkDatabase(deps);
    const readable = database.every(({ level }) => level === "ok");
    const rest = await Promise.all(checksFor(config, readable).map((check) => check(deps)));
    return [...database, ...rest.flat()];
  });
  return [...found, ...(await checkServer(config)), ...(await checkGate(config)), ...host];
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

function settings(at: Places): Config | Finding {
  const about = { name: "settings", version: "", level: "bad" } as const;
  try {
    const config = currentConfig(at);
    if (config !== undefined) return config;
    const says = "nothing was ever brought up here, and DATABASE_URL is not set";
    return { ...about, code: "MF-CONF-1", says, remedy: "Run `./medforge up`." };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...about, code: "MF-CONF-2", says: error.message, remedy: "Correct the environment." };
  }
}
