import { mayUseSurface, type Viewer } from "@medforge/core/access";
import { uuidv7 } from "@medforge/core/ids";
import type { Database } from "@medforge/db/database";
import { memoryContainers } from "@medforge/runtime/containers/memory";
import { MemoryEngine } from "@medforge/runtime/containers/memory-engine";
import { MemoryNetfilter, memoryFirewall } from "@medforge/runtime/firewall/memory";
import { simulatedGpus } from "@medforge/runtime/gpus/simulated";
import { MemoryKeyring, memoryKeys } from "@medforge/runtime/keys/memory";
import { MemorySockets, memoryStreams } from "@medforge/runtime/streams/memory";
import { MemoryDisk, memoryWorkspaces } from "@medforge/runtime/workspaces/memory";

import { createBell } from "../bell.ts";
import { readConfig } from "../config.ts";
import type { Deps } from "../deps.ts";
import { jsonLog } from "../log.ts";
import { createReconciler, type Reconciler } from "../loops/reconcile.ts";
import { createRights } from "../rights.ts";
import { createScorer } from "../scorer/scorer.ts";
import { type Chance, chanceFrom } from "./chance.ts";
import { VirtualClock } from "./clock.ts";
import { type FaultPlan, faulty, faultyDatabase, type Life } from "./faults.ts";

export const IMAGE = `sha256:${"a".repeat(64)}`;
const START = Date.UTC(2026, 0, 1);

/** The host, its users and its disk: everything that outlives the server's process. */
export interface World {
  readonly db: Database;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly engine: MemoryEngine;
  readonly disk: MemoryDisk;
  readonly keyring: MemoryKeyring;
  readonly plan: FaultPlan;
  readonly users: readonly Viewer[];
  /** What happened, in order: what a failing seed prints. */
  readonly story: string[];
  /** The process that runs now. */
  server: Server;
}

export interface Server {
  readonly life: Life;
  readonly deps: Deps;
  readonly reconciler: Reconciler;
}

export async function buildWorld(
  db: Database,
  seed: number,
  size: { readonly users: number; readonly gpus: number },
): Promise<World> {
  const chance = chanceFrom(seed);
  const clock = new VirtualClock(START);
  const now = () => clock.now();
  const disk = new MemoryDisk();
  const idIn = (path: string) => path.split("/").at(-1) ?? "";
  const engine = new MemoryEngine({
    now,
    images: [IMAGE],
    onMount: (path) => void disk.inUse.add(idIn(path)),
    onUnmount: (path) => void disk.inUse.delete(idIn(path)),
  });
  const story: string[] = [];
  const plan: FaultPlan = {
    chance,
    clock,
    rate: 0,
    late: [],
    busy: 0,
    hung: [],
    told: (line) => void story.push(`    ! ${line}`),
    meanwhile: async () => undefined,
  };
  const users = await populate(db, chance, now(), size);
  const world = { db, clock, chance, engine, disk, keyring: new MemoryKeyring(), plan, users, story };
  return Object.assign(world, { server: bootServer(world) });
}

/** A new process over the same world, as after a crash or an upgrade. */
export function bootServer(world: Omit<World, "server">): Server {
  const { chance, clock, plan } = world;
  const life: Life = { alive: true };
  const now = () => clock.now();
  const netfilter = new MemoryNetfilter();
  netfilter.state = { ok: true };
  const deps: Deps = {
    config: readConfig({
      DATABASE_URL: "mysql://simulated",
      MEDFORGE_RUNTIME: "memory",
      MEDFORGE_STATE_DIR: "/memory",
    }),
    db: faultyDatabase(world.db, life, plan),
    containers: faulty(memoryContainers(world.engine), "containers", life, plan, {
      // An engine goes on with the one request it has; the next one, the start, is never sent any more.
      start: async (wish) => {
        if (!world.engine.containers.has(wish.slug)) world.engine.create(wish);
        world.engine.networks.set(wish.slug, wish.sshPort);
      },
    }),
    workspaces: faulty(memoryWorkspaces(world.disk, { now }), "workspaces", life, plan),
    gpus: simulatedGpus({ count: world.users.length }),
    firewall: faulty(memoryFirewall(netfilter), "firewall", life, plan),
    keys: faulty(memoryKeys(world.keyring), "keys", life, plan),
    streams: memoryStreams(new MemorySockets()),
    // Starts nothing unless asked, and sessions never ask.
    scorer: createScorer({ processes: 1, deadlineMs: 1_000, memoryBytesMax: 2 ** 30 }),
    clock,
    randomBytes: (count) => chance.bytes(count),
    log: jsonLog(() => undefined, now),
    bell: createBell(),
    rights: createRights(),
  };
  // One session after the other: the order of events, and so the story, depends on the seed alone.
  return { life, deps, reconciler: createReconciler(deps, async () => life.alive, 1) };
}

async function populate(
  db: Database,
  chance: Chance,
  now: number,
  size: { readonly users: number; readonly gpus: number },
): Promise<Viewer[]> {
  const newId = () => uuidv7(now, chance.bytes(10));
  await db.packs.add({
    id: newId(),
    name: "default",
    description: "",
    image: IMAGE,
    exposure: "BOTH",
    deprecatedAt: null,
    createdAt: now,
  });
  for (const device of await simulatedGpus({ count: size.gpus }).list()) {
    const row = {
      id: newId(),
      uuid: device.uuid,
      name: device.name,
      memoryMib: device.memoryMib,
      kind: device.kind,
    };
    await db.gpus.add({
      ...row,
      enabled: true,
      present: true,
      lastUsedAt: null,
      createdAt: now,
    });
  }
  const viewers: Viewer[] = [];
  for (let i = 0; i < size.users; i++) {
    const viewer: Viewer = {
      userId: newId(),
      role: i === 0 ? "admin" : "member",
      canUseInternal: i % 2 === 0,
    };
    await db.users.add({
      id: viewer.userId,
      email: `${viewer.userId}@example.org`,
      displayName: `User ${i}`,
      passwordHash: "-",
      role: viewer.role,
      canUseInternal: viewer.canUseInternal,
      maxConcurrentSessions: 1 + (i % 2),
      disabledAt: null,
      accessChangedAt: null,
      createdAt: now,
    });
    viewers.push(viewer);
  }
  return viewers;
}

export function surfacesOf(viewer: Viewer): ("EXTERNAL" | "INTERNAL")[] {
  return (["EXTERNAL", "INTERNAL"] as const).filter((exposure) => mayUseSurface(viewer, exposure));
}
