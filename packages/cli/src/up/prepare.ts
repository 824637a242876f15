import { join } from "node:path";

import { MachineError } from "@medforge/runtime/errors";
import type { Deps } from "@medforge/server/deps";
import { SIMULATED_IMAGE } from "@medforge/server/machine";

import { importPack, packRootfs } from "../host/pack.ts";
import type { Places } from "../host/places.ts";
import { step } from "../progress.ts";
import { type NewAdmin, seedAdmin, seedGpus, seedPack } from "./seed.ts";

/** Everything that must be true before the server starts. @returns the admin, when there was none before */
export async function prepare(
  at: Places,
  deps: Deps,
  admin: { readonly email: string | undefined; readonly password: string | undefined },
): Promise<NewAdmin | undefined> {
  const statements = await step("bringing the database to the newest schema", () => migrate(deps));
  if (statements > 0) console.log(`  the database took ${statements} migration statements`);
  await seedPack(deps, () => buildPack(at, deps));
  const added = await seedGpus(deps);
  if (added.length > 0) console.log(`  registered ${added.length} GPUs`);
  if (!(await deps.firewall.verify()).ok) await step("loading the firewall", () => deps.firewall.load());
  return seedAdmin(deps, admin);
}

async function buildPack(at: Places, deps: Deps): Promise<string> {
  if (deps.config.runtime === "memory") return SIMULATED_IMAGE;
  const tar = await step("building the default pack", () => packRootfs(at.root, join(at.state, "cache")));
  return step("importing the default pack", () => importPack(at.root, tar, deps.config.docker.host));
}

/** A migration that fails needs a person: the error's own words, not a stack. */
async function migrate({ db }: Deps): Promise<number> {
  try {
    return await db.migrate();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MachineError(
      "refused",
      `the database could not be migrated: ${why}`,
      "Use a fresh database, or undo the change to the migration; nothing was left running.",
      error,
    );
  }
}
