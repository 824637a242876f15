import { judgeContainer } from "@medforge/core/reconcile";
import type { FoundContainer } from "@medforge/runtime/containers/port";
import { within } from "@medforge/runtime/deadline";

import type { Deps } from "../../deps.ts";

const LIST_MS = 15_000;

/** Containers with our label and no row at all, by slug. The machine first: a row is always written before its container. */
export async function findOrphans(deps: Deps): Promise<FoundContainer[]> {
  const containers = await within(deps.clock, LIST_MS, "listing containers", () => deps.containers.list());
  const states = await deps.db.sessions.statesOf(containers.map(({ slug }) => slug));
  return containers
    .filter(({ slug }) => {
      const state = states.get(slug);
      return judgeContainer(state === undefined ? undefined : { state }) === "orphan";
    })
    .sort((a, b) => (a.slug < b.slug ? -1 : 1));
}
