import { mayUseSurface, packFits, type Viewer } from "@medforge/core/access";
import { assert } from "@medforge/core/assert";
import { MedforgeError } from "@medforge/core/errors";
import { type EndReason, type Exposure, isTerminal } from "@medforge/core/session";
import type { Tables } from "@medforge/db/database";
import { isDuplicate } from "@medforge/db/faults";
import type { Pack } from "@medforge/db/queries/packs";
import type { Session, SessionDetails } from "@medforge/db/queries/sessions";
import type { Workspace } from "@medforge/db/queries/workspaces";

import { type Deps, newId, newSlug } from "../../deps.ts";
import { type Grant, grantFrom, rememberGrant, waitingInOrder } from "./allocate.ts";

/** A request only writes down what is wanted; `loops/reconcile.ts` makes it true. */

export interface SessionWish {
  readonly packId?: string;
  /** Default: the user's workspace `main`, made when there is none. */
  readonly workspaceId?: string;
  /** Wait in the queue when no GPU is free, instead of being refused. */
  readonly queue?: boolean;
}

const DEFAULT_WORKSPACE = "main";
const CONFLICTS_MAX = 5;
/** Of a unique index, so someone else took the same thing between our look and our insert. */
const RACED = [
  "sessions_active_gpu",
  "sessions_active_ssh_port",
  "sessions_active_workspace",
  "sessions_slug",
  "workspaces_live_name",
];

/**
 * One transaction: everything that a session needs is given to it, or nothing changes.
 * @returns the session, STARTING or (only when asked to queue) QUEUED
 * @throws MedforgeError with the reason of a refusal and the way out
 */
export async function createSession(
  deps: Deps,
  viewer: Viewer,
  surface: Exposure,
  wish: SessionWish,
): Promise<SessionDetails> {
  if (!mayUseSurface(viewer, surface)) {
    throw new MedforgeError(
      "internal_access_required",
      "Internal sessions need a right that an admin gives. Ask one.",
    );
  }
  const pack = await packFor(deps, surface, wish.packId);
  for (let conflicts = 0; ; conflicts++) {
    try {
      const id = await deps.db.transaction((tx) => insertSession(deps, tx, viewer, surface, pack, wish));
      const details = await deps.db.sessions.byId(id);
      assert(details !== undefined, "a session that was just inserted is there");
      deps.bell.ring(id);
      return details;
    } catch (error) {
      if (!RACED.some((index) => isDuplicate(error, index))) throw error;
      if (conflicts + 1 >= CONFLICTS_MAX) {
        throw new MedforgeError(
          "allocation_conflict",
          "Others were faster several times in a row. Try again.",
          { cause: error },
        );
      }
    }
  }
}

async function insertSession(
  deps: Deps,
  tx: Tables,
  viewer: Viewer,
  surface: Exposure,
  pack: Pack,
  wish: SessionWish,
): Promise<string> {
  const now = deps.clock.now();
  const user = await tx.users.lock(viewer.userId);
  if (user === undefined || user.disabledAt !== null)
    throw new MedforgeError("forbidden", "This account is disabled. Ask an admin.");
  const workspace = await workspaceFor(deps, tx, viewer.userId, wish.workspaceId, now);
  const { active, queued } = await tx.sessions.countUnfinished(user.id);
  if (active + queued >= user.maxConcurrentSessions) {
    const limit = user.maxConcurrentSessions;
    throw new MedforgeError(
      "session_limit_reached",
      `You have ${active} active and ${queued} waiting sessions; your limit is ${limit}. Stop one, or ask an admin for more.`,
    );
  }
  const grant = await grantOrQueue(deps, tx, workspace, wish.queue === true, now);
  const ahead =
    grant === undefined || surface === "INTERNAL" ? undefined : await tx.spareNetworks.take(grant.sshPort);
  const session: Session = {
    id: newId(deps),
    slug: ahead ?? newSlug(deps),
    userId: user.id,
    workspaceId: workspace.id,
    packId: pack.id,
    exposure: surface,
    state: grant === undefined ? "QUEUED" : "STARTING",
    stateSince: now,
    gpuId: grant?.gpuId ?? null,
    sshPort: grant?.sshPort ?? null,
    reason: null,
    message: null,
    address: null,
    snapshot: null,
    attempts: 0,
    nextAttemptAt: now,
    lastError: null,
    createdAt: now,
    allocatedAt: grant === undefined ? null : now,
    runningAt: null,
    gpuUntil: null,
    endedAt: null,
  };
  await tx.sessions.add(session, `user:${user.id}`);
  if (grant !== undefined) await rememberGrant(tx, workspace.id, grant, now);
  return session.id;
}

/** Nobody overtakes those who wait: while someone could use the next free GPU, a newcomer queues or is refused. */
async function grantOrQueue(
  deps: Deps,
  tx: Tables,
  workspace: Workspace,
  queue: boolean,
  now: number,
): Promise<Grant | undefined> {
  const waiting = await waitingInOrder(tx, now);
  if (waiting.length > 0) {
    if (queue) return undefined;
    const people = waiting.length === 1 ? "1 session is" : `${waiting.length} sessions are`;
    throw new MedforgeError(
      "no_gpu_available",
      `${people} waiting for a GPU already; ask with \`queue: true\` to join.`,
    );
  }
  try {
    return await grantFrom(deps, tx, workspace);
  } catch (error) {
    if (queue && error instanceof MedforgeError && error.code === "no_gpu_available") return undefined;
    throw error;
  }
}

async function packFor(deps: Deps, surface: Exposure, packId: string | undefined): Promise<Pack> {
  if (packId === undefined) {
    const usable = await deps.db.packs.usable(surface, undefined, 200);
    const pack = usable.find(({ name }) => name === "default") ?? usable[0];
    if (pack !== undefined) return pack;
    throw new MedforgeError(
      "not_found",
      "No pack is registered for this surface. Ask an admin: `./medforge pack add`.",
    );
  }
  const pack = await deps.db.packs.byId(packId);
  if (pack === undefined)
    throw new MedforgeError(
      "not_found",
      "There is no such pack. `GET /api/v2/packs` lists those you may use.",
    );
  if (!packFits(pack.exposure, surface)) {
    throw new MedforgeError(
      "pack_exposure_mismatch",
      `The pack "${pack.name}" is for ${pack.exposure.toLowerCase()} sessions only.`,
    );
  }
  if (pack.deprecatedAt !== null) {
    throw new MedforgeError(
      "pack_deprecated",
      `The pack "${pack.name}" takes no new sessions. Choose another one.`,
    );
  }
  return pack;
}

async function workspaceFor(
  deps: Deps,
  tx: Tables,
  userId: string,
  workspaceId: string | undefined,
  now: number,
): Promise<Workspace> {
  const known = workspaceId ?? (await tx.workspaces.byName(userId, DEFAULT_WORKSPACE))?.id;
  if (known === undefined) {
    const fresh = newWorkspace(deps, userId, DEFAULT_WORKSPACE, now);
    await tx.workspaces.add(fresh);
    return fresh;
  }
  const workspace = await tx.workspaces.lock(known);
  if (workspace === undefined || workspace.userId !== userId) {
    throw new MedforgeError("not_found", "You have no such workspace. `GET /api/v2/workspaces` lists yours.");
  }
  if (workspace.operation !== null) {
    throw new MedforgeError(
      "workspace_in_use",
      `The workspace "${workspace.name}" is being changed (${workspace.operation}). Try again in a moment.`,
    );
  }
  const holder = await tx.sessions.ofWorkspace(workspace.id);
  if (holder !== undefined) {
    throw new MedforgeError(
      "workspace_in_use",
      `The workspace "${workspace.name}" belongs to session ${holder.slug} (${holder.state}). Stop it, or name another workspace.`,
    );
  }
  const orphan = await tx.orphans.ofWorkspace(workspace.id);
  if (orphan !== undefined) {
    throw new MedforgeError(
      "workspace_in_use",
      `The workspace "${workspace.name}" is used by ${orphan.slug}, a container that MedForge lost track of. Ask an admin to look at it.`,
    );
  }
  return workspace;
}

/** A workspace as it is when nothing has happened to it. */
export function newWorkspace(deps: Deps, userId: string, name: string, now: number): Workspace {
  return {
    id: newId(deps),
    userId,
    name,
    quotaBytes: deps.config.workspaceQuotaBytes,
    lastSshPort: null,
    operation: null,
    operationSnapshot: null,
    operationSourceId: null,
    operationSafety: null,
    operationError: null,
    createdAt: now,
    deletedAt: null,
  };
}

/**
 * Writes down that the session is to end, whatever its state; one that is ending or has ended stays as it is.
 * @param actor `user:<id>` or `admin:<id>`
 */
export async function stopSession(
  deps: Deps,
  details: SessionDetails,
  actor: string,
  reason: "stop_requested" | "admin_stop",
): Promise<SessionDetails> {
  let now = details;
  // Its state may change under us; it can only do so three times before it is over.
  while (!isTerminal(now.session.state) && now.session.state !== "STOPPING") {
    const { id, state } = now.session;
    const at = deps.clock.now();
    const why: EndReason = reason === "stop_requested" && state !== "RUNNING" ? "cancelled" : reason;
    const moved =
      state === "QUEUED"
        ? await deps.db.sessions.move(id, {
            from: state,
            to: "STOPPED",
            at,
            actor,
            reason: why,
            set: { endedAt: at },
          })
        : await deps.db.sessions.move(id, { from: state, to: "STOPPING", at, actor, reason: why });
    const after = await deps.db.sessions.byId(id);
    assert(after !== undefined, "sessions are never deleted");
    now = after;
    if (moved) deps.bell.ring(id);
  }
  return now;
}
