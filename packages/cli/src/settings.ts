import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Config, readConfig } from "@medforge/server/config";

import type { Places } from "./host/places.ts";

/** What the last `up` gave to the server, so that `doctor`, `user`, `pack`, `gpu` and `down` look at the same things. */

export type Environment = Readonly<Record<string, string>>;

const ADMIN = ["MEDFORGE_ADMIN_EMAIL", "MEDFORGE_ADMIN_PASSWORD"];

export function saveSettings(at: Places, settings: Environment): void {
  // The database's URL may hold a password.
  writeFileSync(file(at), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}

/** Undefined when nothing was ever brought up here. */
export function savedSettings(at: Places): Environment | undefined {
  return existsSync(file(at)) ? JSON.parse(readFileSync(file(at), "utf8")) : undefined;
}

/** The server's settings: what the last `up` chose, and over it what the environment says now. */
export function currentConfig(at: Places): Config | undefined {
  const settings = { ...savedSettings(at), ...ownEnvironment(process.env) };
  return settings.DATABASE_URL === undefined ? undefined : readConfig(settings);
}

/** What of our environment is a setting, whether known or not; the server refuses those that it does not know. */
export function ownEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const ours = /^(MEDFORGE_|DOCKER_(HOST|TLS_VERIFY|CERT_PATH)$|DATABASE_URL$|WORKSPACE_ZFS_ROOT$)/.test(
      name,
    );
    if (ours && value !== undefined && !ADMIN.includes(name)) settings[name] = value;
  }
  return settings;
}

function file(at: Places): string {
  return join(at.state, "settings.json");
}
