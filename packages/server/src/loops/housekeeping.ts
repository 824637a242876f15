import { snapshotsToDelete } from "@medforge/core/retention";
import { MachineError } from "@medforge/runtime/errors";
import { compareInventory } from "@medforge/runtime/gpus/inventory";

import { removeReplacedDatasets } from "../competitions/datasets.ts";
import type { Deps } from "../deps.ts";
import { causeOf } from "../log.ts";
import { sweepUploads } from "../modules/submissions/sweep.ts";

/** What nobody waits for: old snapshots, old logins, what broken uploads left, and whether the GPUs are still those that were registered. */

const DAY_MS = 86_400_000;
const RETENTION = { newestMin: 5, dailyDays: 14 };
/** Ended logins and tokens, and tries to log in, are kept as long as their owner may want to look back. */
const LOGINS_KEPT_MS = 90 * DAY_MS;
const INVENTORY_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;

export async function runHousekeeping(deps: Deps, signal: AbortSignal): Promise<void> {
  let pruneAt = deps.clock.now();
  while (!signal.aborted) {
    await guarded(deps, "inventory", () => takeInventory(deps));
    if (deps.clock.now() >= pruneAt) {
      pruneAt = deps.clock.now() + PRUNE_EVERY_MS;
      await guarded(deps, "snapshots", () => pruneSnapshots(deps));
      await guarded(deps, "logins", () => pruneRows(deps));
      await guarded(deps, "uploads", () => sweepUploads(deps));
      await guarded(deps, "datasets", () => removeReplacedDatasets(deps));
    }
    await deps.clock.sleep(INVENTORY_EVERY_MS, signal);
  }
}

async function guarded(deps: Deps, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    deps.log.error("housekeeping.failed", { loop: "housekeeping", what }, error);
  }
}

/** A device that is gone or not what it was is marked missing: no session ever gets another one in its place. */
export async function takeInventory(deps: Deps): Promise<void> {
  const registered = await deps.db.gpus.withHolders();
  const seen = await deps.gpus.list();
  const { missing, changed, unregistered } = compareInventory(registered, seen);
  const absent = new Set([...missing, ...changed.map(({ was }) => was)].map(({ uuid }) => uuid));
  for (const gpu of registered) {
    const present = !absent.has(gpu.uuid);
    if (present === gpu.present) continue;
    await deps.db.gpus.update(gpu.id, { present });
    deps.log.warn(present ? "gpu.returned" : "gpu.missing", {
      loop: "housekeeping",
      gpu_id: gpu.uuid,
      session_id: gpu.holderSessionId,
    });
  }
  for (const gpu of unregistered)
    deps.log.info("gpu.unregistered", { loop: "housekeeping", gpu_id: gpu.uuid });
}

export async function pruneSnapshots(deps: Deps): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const page = await deps.db.workspaces.page(after, 100);
    for (const { id, userId, operation } of page) {
      if (operation !== null) continue;
      const ref = { userId, workspaceId: id };
      try {
        const snapshots = await deps.workspaces.snapshots(ref);
        for (const name of snapshotsToDelete(snapshots, deps.clock.now(), RETENTION)) {
          await deps.workspaces.deleteSnapshot(ref, name);
          deps.log.info("workspace.snapshot_expired", {
            loop: "housekeeping",
            workspace_id: id,
            snapshot: name,
          });
        }
      } catch (error) {
        if (!(error instanceof MachineError)) throw error;
        // `missing`: never used yet. `in-use`: a clone needs that snapshot.
        if (error.fault === "missing" || error.fault === "in-use") continue;
        deps.log.warn("housekeeping.failed", {
          loop: "housekeeping",
          workspace_id: id,
          error: causeOf(error),
        });
      }
    }
    after = page.at(-1)?.id;
    if (page.length < 100) return;
  }
}

async function pruneRows(deps: Deps): Promise<void> {
  const before = deps.clock.now() - LOGINS_KEPT_MS;
  await deps.db.logins.prune(before);
  await deps.db.sessionTickets.prune(deps.clock.now());
  await deps.db.loginAttempts.prune(before);
  await deps.db.apiTokens.prune(before);
  await deps.db.rateLimits.prune(deps.clock.now());
}
