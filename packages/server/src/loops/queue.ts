import { chooseGpu } from "@medforge/core/allocation";
import { MedforgeError } from "@medforge/core/errors";
import { databaseFault } from "@medforge/db/faults";

import type { Deps } from "../deps.ts";
import { grantFrom, rememberGrant, waitingInOrder } from "../modules/sessions/allocate.ts";

/**
 * Gives free GPUs to those who wait, in fair order, until one of the two runs out.
 * @returns the ids of the sessions that start now
 */
export async function startQueued(deps: Deps): Promise<string[]> {
  const started: string[] = [];
  while ((await deps.db.sessions.countQueued()) > 0 && (await aGpuIsFree(deps))) {
    const id = await startNext(deps);
    if (id === undefined) break;
    started.push(id);
    deps.bell.ring(id, "loop");
  }
  return started;
}

/** A look without locks, so that a long queue costs nothing while every GPU is in use. */
async function aGpuIsFree(deps: Deps): Promise<boolean> {
  const gpus = await deps.db.gpus.withHolders();
  const free = gpus.map((gpu) => ({
    ...gpu,
    busy: gpu.holderSessionId !== null || gpu.orphanSlug !== null,
    lastUsedAtMs: gpu.lastUsedAt,
  }));
  return chooseGpu(free) !== undefined;
}

async function startNext(deps: Deps): Promise<string | undefined> {
  try {
    return await deps.db.transaction(async (tx) => {
      const [next] = await waitingInOrder(tx, deps.clock.now());
      if (next === undefined) return undefined;
      const { id, userId, workspaceId } = next.session;
      // The same order of locks as for a newcomer: user, workspace, GPUs.
      await tx.users.lock(userId);
      const workspace = await tx.workspaces.lock(workspaceId);
      if (workspace === undefined) return undefined;
      const grant = await grantFrom(deps, tx, workspace);
      const at = deps.clock.now();
      const moved = await tx.sessions.move(id, {
        from: "QUEUED",
        to: "STARTING",
        at,
        actor: "loop",
        set: { gpuId: grant.gpuId, sshPort: grant.sshPort, allocatedAt: at },
      });
      if (moved) await rememberGrant(tx, workspaceId, grant, at);
      return moved ? id : undefined;
    });
  } catch (error) {
    // Someone took the last GPU or the port meanwhile: the next pass looks again.
    const raced = error instanceof MedforgeError || databaseFault(error)?.is === "duplicate";
    if (!raced) throw error;
    return undefined;
  }
}
