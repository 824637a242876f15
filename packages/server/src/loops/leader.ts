import type { HeldLock } from "@medforge/db/lock";

import type { Deps } from "../deps.ts";
import { causeOf } from "../log.ts";
import { createReconciler, type Reconciler } from "./reconcile.ts";

/** How soon rows that another process wrote, and attempts that are due again, are noticed. */
const GLANCE_MS = 250;
const LEADER_WAIT_MS = 1_000;

/**
 * Reconciles as long as this process holds the named lock, and waits for the lock otherwise. Driven by the bell and by
 * the engine's events, with a poll as the safety net.
 * Resolves after `signal` aborts and the work in hand is done.
 */
export async function runReconciler(deps: Deps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lock = await lockOrUndefined(deps);
    if (lock === undefined) {
      await deps.clock.sleep(LEADER_WAIT_MS, signal);
      continue;
    }
    deps.log.info("session.reconcile", { loop: "reconcile", leading: true });
    try {
      await lead(deps, lock, signal);
    } finally {
      await lock.release();
      deps.log.info("session.reconcile", { loop: "reconcile", leading: false });
    }
  }
}

async function lockOrUndefined(deps: Deps): Promise<HeldLock | undefined> {
  try {
    return await deps.db.tryLock("medforge.reconciler");
  } catch (error) {
    deps.log.warn("session.reconcile_waits", { loop: "reconcile", error: causeOf(error) });
    return undefined;
  }
}

async function lead(deps: Deps, lock: HeldLock, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end);
  const reconciler = createReconciler(deps, () => lock.held());
  const deaf = deps.bell.listen((id, by) => {
    if (by !== "loop") void reconciler.one(id);
  });
  const watching = watchEngine(deps, reconciler, over.signal);
  try {
    let lastPass = Number.NEGATIVE_INFINITY;
    while (!over.signal.aborted) {
      if (!(await lock.held())) return;
      if (deps.clock.now() - lastPass >= deps.config.pollMs) {
        lastPass = deps.clock.now();
        // Not awaited: a session that takes its time to start must not keep the others waiting.
        void reconciler.pass();
      } else {
        void reconciler.glance().then(() => reconciler.ahead());
      }
      await deps.clock.sleep(GLANCE_MS, over.signal);
    }
  } finally {
    over.abort();
    deaf();
    signal.removeEventListener("abort", end);
    await watching;
    await reconciler.idle();
  }
}

/** Listens to the engine; when the stream ends, looks at everything, since something may have been missed. */
async function watchEngine(deps: Deps, reconciler: Reconciler, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.containers.watch((slug) => void heard(deps, reconciler, slug), signal);
    } catch (error) {
      deps.log.warn("session.watch_ended", { loop: "reconcile", error: causeOf(error) });
    }
    if (signal.aborted) return;
    await deps.clock.sleep(GLANCE_MS, signal);
    void reconciler.pass();
  }
}

async function heard(deps: Deps, reconciler: Reconciler, slug: string): Promise<void> {
  try {
    const details = await deps.db.sessions.bySlug(slug);
    if (details !== undefined) await reconciler.one(details.session.id);
  } catch (error) {
    deps.log.warn("session.reconcile_waits", { loop: "reconcile", error: causeOf(error) });
  }
}
