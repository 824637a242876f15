import { hostname } from "node:os";

import { type Deps, newId } from "../deps.ts";
import { causeOf } from "../log.ts";

/** Tells the book that this worker lives, for the page, /metrics and doctor. */

const SIGN_EVERY_MS = 5_000;
/** Longer without a sign, and a worker counts as gone. */
export const SIGN_MS_MAX = 30_000;
const FORGOTTEN_AFTER_MS = 86_400_000;

export async function showLife(deps: Deps, signal: AbortSignal): Promise<void> {
  const worker = { id: newId(deps), name: `${hostname()}:${process.pid}`.slice(0, 100) };
  while (!signal.aborted) {
    const now = deps.clock.now();
    try {
      await deps.db.workers.seen({ ...worker, seenAt: now });
      await deps.db.workers.prune(now - FORGOTTEN_AFTER_MS);
    } catch (error) {
      deps.log.warn("worker.no_sign_of_life", { loop: "score", error: causeOf(error) });
    }
    await deps.clock.sleep(SIGN_EVERY_MS, signal);
  }
}
