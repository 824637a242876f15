import { chooseGpu, chooseSshPort, type GpuCandidate, noGpu, queueOrder } from "@medforge/core/allocation";
import { MedforgeError } from "@medforge/core/errors";
import type { Tables } from "@medforge/db/database";
import type { GpuWithHolder } from "@medforge/db/queries/gpus";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import type { Workspace } from "@medforge/db/queries/workspaces";

import type { Deps } from "../../deps.ts";

/**
 * Allocation, inside one transaction: `core/allocation` chooses, this reads the facts and takes the locks.
 * Locks are always taken in the order user, workspace, GPUs.
 */

const WEEK_MS = 7 * 86_400_000;

export interface Grant {
  readonly gpuId: string;
  readonly sshPort: number;
}

/** What a session is given. @throws MedforgeError `no_gpu_available` or `allocation_conflict`, each with the way out */
export async function grantFrom(
  deps: Pick<Deps, "config">,
  tx: Tables,
  workspace: Pick<Workspace, "lastSshPort">,
): Promise<Grant> {
  const gpus = await lockedGpus(tx);
  const gpu = chooseGpu(gpus);
  if (gpu === undefined) throw noGpu(gpus, await tx.sessions.countQueued());
  const { portFirst: first, portLast: last } = deps.config.ssh;
  const sshPort = chooseSshPort(await tx.sessions.portsInUse(), workspace.lastSshPort, { first, last });
  if (sshPort === undefined) {
    throw new MedforgeError(
      "allocation_conflict",
      `Every SSH port from ${first} to ${last} is in use. Wait until a session ends.`,
    );
  }
  return { gpuId: gpu.id, sshPort };
}

/** Writes down who had what last, so that GPUs take turns and a workspace keeps its port. */
export async function rememberGrant(
  tx: Tables,
  workspaceId: string,
  grant: Grant,
  at: number,
): Promise<void> {
  await tx.gpus.update(grant.gpuId, { lastUsedAt: at });
  await tx.workspaces.update(workspaceId, { lastSshPort: grant.sshPort });
}

/** Those who wait and could start if a GPU were free, in fair order. */
export async function waitingInOrder(
  tx: Pick<Tables, "sessions" | "users">,
  now: number,
): Promise<SessionDetails[]> {
  const queued = await tx.sessions.queued();
  if (queued.length === 0) return [];
  const seconds = await tx.sessions.gpuSecondsSince(now - WEEK_MS, now);
  const byId = new Map(queued.map((details) => [details.session.id, details]));
  const order = queueOrder(
    queued.map(({ session }) => ({
      sessionId: session.id,
      userId: session.userId,
      queuedAtMs: session.createdAt,
      gpuSeconds: seconds.get(session.userId) ?? 0,
    })),
  );
  const able: SessionDetails[] = [];
  for (const { sessionId, userId } of order) {
    const details = byId.get(sessionId);
    const user = await tx.users.byId(userId);
    const { active } = await tx.sessions.countUnfinished(userId);
    if (
      details !== undefined &&
      user !== undefined &&
      user.disabledAt === null &&
      active < user.maxConcurrentSessions
    )
      able.push(details);
  }
  return able;
}

async function lockedGpus(tx: Tables): Promise<GpuCandidate[]> {
  await tx.gpus.lockAll();
  return (await tx.gpus.withHolders()).map(asCandidate);
}

function asCandidate(gpu: GpuWithHolder): GpuCandidate {
  return {
    id: gpu.id,
    enabled: gpu.enabled,
    present: gpu.present,
    busy: gpu.holderSessionId !== null || gpu.orphanSlug !== null,
    lastUsedAtMs: gpu.lastUsedAt,
  };
}
