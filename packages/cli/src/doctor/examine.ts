import type { Config } from "@medforge/server/config";
import { ConfigError } from "@medforge/server/config";
import { examine as examineServer } from "@medforge/server/doctor/examine";
import type { Finding } from "@medforge/server/doctor/finding";

import { withDeps } from "../book.ts";
import type { Places } from "../host/places.ts";
import { currentConfig } from "../settings.ts";
import { checkGate } from "./gate.ts";
import { checkHost } from "./host.ts";
import { checkServer } from "./server.ts";

/** Looks at everything, in the order in which one would mend it. Changes nothing. */
export async function examine(at: Places): Promise<Finding[]> {
  const host = await checkHost(at.state);
  const config = settings(at);
  if ("code" in config) return [config, ...host];
  return [
    ...(await withDeps(config, examineServer)),
    ...(await checkServer(config)),
    ...(await checkGate(config)),
    ...host,
  ];
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
