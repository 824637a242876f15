import type { Slug } from "@medforge/core/ids";
import { judgeContainer } from "@medforge/core/reconcile";
import type { Orphan } from "@medforge/db/queries/orphans";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

import type { Deps } from "../deps.ts";
import { causeOf } from "../log.ts";

const LIST_MS = 15_000;
const REMOVE_MS = 45_000;

/**
 * Removes what no session owns any more, and reports what nobody knows. Containers without our label are never even
 * seen; one whose row is missing altogether is an orphan that only an admin removes.
 */
export async function clearStrays(deps: Deps): Promise<void> {
  // The machine first, the rows second: a row is always written before its container is made, so everything seen here
  // either has its row by now or never had one.
  const containers = await within(deps.clock, LIST_MS, "listing containers", () => deps.containers.list());
  const networks = await within(deps.clock, LIST_MS, "listing networks", () =>
    deps.containers.strayNetworks(),
  );
  const keys = await within(deps.clock, LIST_MS, "listing key folders", () => deps.keys.list());
  // Before the sessions: what is taken in between then has its session.
  const spares = new Set((await deps.db.spareNetworks.all()).map(({ slug }) => slug));
  const states = await deps.db.sessions.statesOf([
    ...new Set([...containers.map(({ slug }) => slug), ...networks, ...keys]),
  ]);
  const verdictOf = (slug: Slug) => {
    const state = states.get(slug);
    return judgeContainer(state === undefined ? undefined : { state });
  };

  const orphans: Orphan[] = [];
  for (const { slug, gpuUuid, workspaceId, sshPort } of containers) {
    const verdict = verdictOf(slug);
    if (verdict === "orphan")
      orphans.push({ slug, gpuUuid, workspaceId, sshPort, firstSeenAt: deps.clock.now() });
    if (verdict === "remove") {
      await removing(deps, slug, "container", () => deps.containers.stop(slug, deps.config.stopGraceMs));
    }
  }
  for (const { slug, gpuUuid } of await deps.db.orphans.set(orphans)) {
    deps.log.warn("session.orphan", { slug, gpu_id: gpuUuid, loop: "reconcile" });
  }
  const orphaned = new Set<string>(orphans.map(({ slug }) => slug));
  for (const slug of networks) {
    if (verdictOf(slug) !== "leave" && !orphaned.has(slug) && !spares.has(slug))
      await removing(deps, slug, "network", () => deps.containers.removeNetwork(slug));
  }
  for (const slug of keys) {
    // An orphan's keys stay with it: its owner is still working there.
    if (verdictOf(slug) !== "leave" && !orphaned.has(slug))
      await removing(deps, slug, "keys", () => deps.keys.remove(slug));
  }
}

async function removing(deps: Deps, slug: Slug, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await within(deps.clock, deps.config.stopGraceMs + REMOVE_MS, `removing a stray ${what}`, work);
    deps.log.info("session.reconcile", { slug, loop: "reconcile", removed: what });
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    deps.log.warn("session.reconcile_failed", { slug, loop: "reconcile", what, error: causeOf(error) });
  }
}
