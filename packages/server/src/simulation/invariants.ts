import { type EndReason, endSnapshotName, isActive, isTerminal, mayMove } from "@medforge/core/session";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import type { SpareNetwork } from "@medforge/db/queries/spare-networks";

import type { World } from "./world.ts";

/** What must hold once the bad days are over and the house has had time to put itself right. @returns what does not */
export async function broken(world: World): Promise<string[]> {
  const rows = await world.db.sessions.page({}, undefined, 10_000);
  const active = rows.filter(({ session }) => isActive(session.state));
  return [
    ...world.engine.violations,
    ...active
      .filter(({ session }) => session.state !== "RUNNING")
      .map(({ session }) => `${session.slug} is still ${session.state}`),
    ...twice("GPU", active, (d) => d.session.gpuId),
    ...twice("port", active, (d) => d.session.sshPort),
    ...twice("workspace", active, (d) => d.session.workspaceId),
    ...unowned(world, active, await world.db.spareNetworks.all()),
    ...(await lostWork(world, rows)),
    ...(await brokenChains(world, rows)),
    ...(await queueBlocked(world, rows)),
    ...(await world.db.workspaces.withOperation()).map(
      (w) => `workspace ${w.id} still waits for its ${w.operation}`,
    ),
  ];
}

function twice(
  what: string,
  active: readonly SessionDetails[],
  of: (details: SessionDetails) => string | number | null,
): string[] {
  const values = active.map(of);
  return values
    .filter((value, i) => value === null || values.indexOf(value) !== i)
    .map((value) => `${what} ${value} is held twice`);
}

/** Containers, networks and key folders: exactly those of running sessions, and the networks that were made ahead. */
function unowned(world: World, active: readonly SessionDetails[], spares: readonly SpareNetwork[]): string[] {
  const running = active.map(({ session }) => session.slug as string);
  const compare = (what: string, slugs: Iterable<string>, more: readonly string[] = []) => {
    const found = [...slugs].sort();
    const owners = [...running, ...more].sort();
    return found.join() === owners.join() ? [] : [`${what} of [${found}], owners are [${owners}]`];
  };
  return [
    ...compare(
      "containers",
      world.engine.live().map(({ wish }) => wish.slug),
    ),
    ...compare("containers, dead ones too,", world.engine.containers.keys()),
    ...compare(
      "networks",
      world.engine.networks.keys(),
      spares.map(({ slug }) => slug),
    ),
    ...compare("key folders", world.keyring.sessions.keys()),
  ];
}

/** A session that ran has a snapshot that holds what it wrote, or says why not. */
async function lostWork(world: World, rows: readonly SessionDetails[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { session } of rows) {
    if (!isTerminal(session.state)) continue;
    if (session.state === "ERROR" && (session.reason === null || session.message === null))
      faults.push(`${session.slug} has no reason`);
    if (session.endedAt === null) faults.push(`${session.slug} has no end`);
    if (session.runningAt === null || session.reason === "snapshot_failed") continue;
    const stoppedAt =
      (await world.db.events.ofSession(session.id)).find((event) => event.toState === "STOPPING")?.at ?? 0;
    const name = endSnapshotName(session.reason as EndReason, stoppedAt);
    const workspace = world.disk.workspaces.get(session.workspaceId);
    const deleted = (await world.db.workspaces.byId(session.workspaceId)) === undefined;
    if (session.snapshot !== name) faults.push(`${session.slug} says ${session.snapshot}, not ${name}`);
    if (!deleted && !workspace?.snapshots.some((snapshot) => snapshot.name === name))
      faults.push(`${session.slug} has no snapshot ${name}`);
  }
  return faults;
}

async function brokenChains(world: World, rows: readonly SessionDetails[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { session } of rows) {
    const events = await world.db.events.ofSession(session.id);
    events.forEach((event, i) => {
      const from = events[i - 1]?.toState ?? null;
      if (event.fromState !== from || (from !== null && !mayMove(from, event.toState))) {
        faults.push(
          `${session.slug}: event ${i} moves from ${event.fromState} to ${event.toState} after ${from}`,
        );
      }
    });
    if (events.at(-1)?.toState !== session.state)
      faults.push(`${session.slug} is ${session.state}, its events end elsewhere`);
  }
  return faults;
}

/** Nobody waits while a GPU is free that they could have. */
async function queueBlocked(world: World, rows: readonly SessionDetails[]): Promise<string[]> {
  const free = (await world.db.gpus.withHolders()).filter(
    (gpu) => gpu.holderSessionId === null && gpu.orphanSlug === null,
  );
  const faults: string[] = [];
  for (const { session } of rows) {
    if (session.state !== "QUEUED" || free.length === 0) continue;
    const user = await world.db.users.byId(session.userId);
    const { active } = await world.db.sessions.countUnfinished(session.userId);
    if (user !== undefined && active < user.maxConcurrentSessions)
      faults.push(`${session.slug} waits although a GPU is free`);
  }
  return faults;
}

/** Everything that recovery could change, as text. */
export async function fingerprint(world: World): Promise<string> {
  const rows = await world.db.sessions.page({}, undefined, 10_000);
  return JSON.stringify([
    rows.map(({ session }) => [
      session.slug,
      session.state,
      session.snapshot,
      session.reason,
      session.endedAt,
    ]),
    [...world.engine.containers.values()].map(({ id, wish, state }) => [id, wish.slug, state.is]),
    [...world.engine.networks],
    [...world.keyring.sessions.keys()],
    [...world.disk.workspaces.values()].map((w) => [
      w.ref.workspaceId,
      w.snapshots.map((s) => s.name),
      [...w.files],
    ]),
  ]);
}
