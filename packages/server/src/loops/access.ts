import { assert } from "@medforge/core/assert";
import { isSlug } from "@medforge/core/ids";
import { ACTIVE_STATES } from "@medforge/core/session";
import type { User } from "@medforge/db/queries/users";
import { within } from "@medforge/runtime/deadline";

import type { Deps } from "../deps.ts";
import { mayBeIn } from "../modules/ssh-keys/authorized.ts";
import { syncKeys } from "../modules/ssh-keys/service.ts";

/**
 * What changed rights mean for sessions that run. Whoever is disabled has no keys in them any more and is hung up on,
 * and so is whoever lost the right to internal sessions, in these alone; with the right the keys come back. The sessions
 * themselves go on: an admin may stop them.
 */

/** Clocks of several processes differ, and a change is seen only when its transaction ends. */
const OVERLAP_MS = 60_000;
const HANG_UP_MS = 15_000;
const RETRY_MS = 1_000;

/** @returns does what is still to be done, called again and again; the first call looks at every change there was */
export function createAccessKeeper(deps: Deps): () => Promise<void> {
  let since = 0;
  let restUntil = 0;
  /** By user: the change that is done with. */
  let done = new Map<string, number>();

  return async () => {
    if (deps.clock.now() < restUntil) return;
    restUntil = deps.clock.now() + RETRY_MS;
    const changed = await deps.db.users.accessChangedAfter(since - OVERLAP_MS);
    const left = changed.filter((user) => done.get(user.id) !== user.accessChangedAt);
    const outcomes = await Promise.allSettled(left.map((user) => settle(deps, user)));
    const unsettled = new Set(left.filter((_, i) => settled(outcomes[i]) !== true).map(({ id }) => id));
    done = new Map(
      changed
        .filter(({ id }) => !unsettled.has(id))
        .map(({ id, accessChangedAt }) => [id, accessChangedAt ?? 0]),
    );
    if (unsettled.size === 0) {
      since = changed.at(-1)?.accessChangedAt ?? since;
      restUntil = 0;
    }
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  };
}

function settled(outcome: PromiseSettledResult<boolean> | undefined): boolean {
  return outcome?.status === "fulfilled" && outcome.value;
}

/** @returns false when it has to be done again: a session that is coming up may still be given the old keys */
async function settle(deps: Deps, user: User): Promise<boolean> {
  await syncKeys(deps, user.id);
  const filter = { userId: user.id, states: ACTIVE_STATES };
  const rows = await deps.db.sessions.page(filter, undefined, 1000);
  const closed = rows.filter(({ session }) => !mayBeIn(user, session.exposure));
  for (const { session } of closed) {
    const { slug } = session;
    assert(isSlug(slug), "slugs in the book are ours");
    await within(deps.clock, HANG_UP_MS, "hanging up on a user who may be in it no more", () =>
      deps.containers.hangUp(slug),
    );
    deps.log.info("session.hung_up", { loop: "reconcile", session_id: session.id, user_id: user.id, slug });
  }
  return closed.every(({ session }) => session.state !== "STARTING");
}
