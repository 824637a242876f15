import type { Check, Readiness } from "@medforge/contracts/status";
import { within } from "@medforge/runtime/deadline";

import type { Deps } from "../../deps.ts";

const CHECK_MS = 3_000;
/** So that asking often does not cost often. */
const FRESH_MS = 1_000;

/** Asks everything that a session needs. Says what is wrong without naming the host's paths: the log does that. */
export function createReadiness(deps: Deps): () => Promise<Readiness> {
  let last: { readonly at: number; readonly is: Promise<Readiness> } | undefined;
  return () => {
    const now = deps.clock.now();
    if (last === undefined || now - last.at >= FRESH_MS) last = { at: now, is: look(deps) };
    return last.is;
  };
}

async function look(deps: Deps): Promise<Readiness> {
  const checks = await Promise.all([
    check(deps, "database", "The database does not answer.", async () => {
      await deps.db.ping();
      const pending = await deps.db.pendingMigrations();
      return pending === 0 ? null : `${pending} migrations have not been run.`;
    }),
    check(deps, "engine", "The container engine does not answer.", async () => {
      await deps.containers.check();
      return null;
    }),
    check(deps, "firewall", "The firewall could not be looked at.", async () => {
      const state = await deps.firewall.verify();
      return state.ok ? null : `The firewall's table inet medforge is ${state.is}; no session starts.`;
    }),
    check(deps, "workspaces", "The workspaces' storage does not answer.", async () => {
      const store = await deps.workspaces.check();
      return store.healthy ? null : "The workspaces' storage is not healthy.";
    }),
  ]);
  return { ready: checks.every(({ ok }) => ok), checks };
}

async function check(
  deps: Deps,
  name: string,
  silence: string,
  ask: () => Promise<string | null>,
): Promise<Check> {
  try {
    const problem = await within(deps.clock, CHECK_MS, `the check of the ${name}`, ask);
    return { name, ok: problem === null, problem };
  } catch (error) {
    deps.log.error("health.check_failed", { check: name }, error);
    return { name, ok: false, problem: silence };
  }
}
