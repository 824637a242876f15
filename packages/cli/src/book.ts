import { MachineError } from "@medforge/runtime/errors";
import { assemble } from "@medforge/server/assemble";
import type { Config } from "@medforge/server/config";
import type { Deps } from "@medforge/server/deps";
import { jsonLog } from "@medforge/server/log";

import { places } from "./host/places.ts";
import { currentConfig } from "./settings.ts";

/** What the server would work with, for as long as `work` takes: the database and the machine of these settings. */
export async function withDeps<T>(config: Config, work: (deps: Deps) => Promise<T>): Promise<T> {
  const deps = assemble(config);
  // stdout is for what the person asked for.
  const log = jsonLog((line) => void process.stderr.write(line), deps.clock.now);
  try {
    return await work({ ...deps, log });
  } catch (error) {
    throw isConnectionLost(error) ? unreachable(error) : error;
  } finally {
    deps.scorer.close();
    await deps.db.close();
  }
}

/** The same for the MedForge of this checkout. @throws MachineError when none was ever brought up and none is named */
export async function withBook<T>(work: (deps: Deps) => Promise<T>): Promise<T> {
  const config = currentConfig(places());
  if (config !== undefined) return withDeps(config, work);
  throw new MachineError(
    "missing",
    "no database is known here",
    "Start MedForge with `./medforge up`, or set DATABASE_URL.",
  );
}

function isConnectionLost(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = "code" in at ? String(at.code) : "";
    if (/^(ECONNREFUSED|ENOENT|ETIMEDOUT|ENOTFOUND|ECONNRESET|PROTOCOL_CONNECTION_LOST)$/.test(code))
      return true;
  }
  return false;
}

function unreachable(cause: unknown): MachineError {
  return new MachineError(
    "unreachable",
    "the database does not answer",
    "Start MedForge with `./medforge up`, or look at DATABASE_URL.",
    cause,
  );
}
