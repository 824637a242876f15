import { MedforgeError } from "@medforge/core/errors";
import type { Slug } from "@medforge/core/ids";
import { databaseFault } from "@medforge/db/faults";
import { MachineError } from "@medforge/runtime/errors";

import { createSession, stopSession } from "../modules/sessions/service.ts";
import { Crashed } from "./faults.ts";
import { bootServer, surfacesOf, type World } from "./world.ts";

/** What people, programs and bad luck do to the house. Each returns a line for the story. */

type Action = (world: World) => Promise<string> | string;

const SLEEPS_MS = [10, 300, 2_000, 15_000, 70_000];

async function create(world: World): Promise<string> {
  const viewer = world.chance.pick(world.users);
  if (viewer === undefined) return "nobody";
  const surface = world.chance.pick(surfacesOf(viewer)) ?? "EXTERNAL";
  const queue = world.chance.next() < 0.5;
  const mine = await world.db.workspaces.ofUser(viewer.userId, undefined, 10);
  const workspace = world.chance.next() < 0.5 ? world.chance.pick(mine) : undefined;
  const wish = { queue, ...(workspace === undefined ? {} : { workspaceId: workspace.id }) };
  const { session } = await createSession(world.server.deps, viewer, surface, wish);
  return `create ${session.slug} ${session.state}`;
}

async function stop(world: World): Promise<string> {
  const rows = await world.db.sessions.unfinished();
  const details = world.chance.pick(rows);
  if (details === undefined) return "nothing to stop";
  const { session } = await stopSession(
    world.server.deps,
    details,
    `user:${details.session.userId}`,
    "stop_requested",
  );
  return `stop ${session.slug}: ${details.session.state} → ${session.state}`;
}

function die(world: World): string {
  const victim = world.chance.pick(world.engine.live());
  if (victim === undefined) return "nothing lives";
  const outOfMemory = world.chance.next() < 0.5;
  world.engine.kill(victim.wish.slug, outOfMemory ? 137 : 1, { outOfMemory });
  return `container ${victim.wish.slug} dies`;
}

function removeFromOutside(world: World): string {
  const victim = world.chance.pick([...world.engine.containers.keys()]);
  if (victim === undefined) return "nothing to remove";
  world.engine.remove(victim);
  return `container ${victim} is removed from outside`;
}

function silence(world: World): string {
  const victim = world.chance.pick(world.engine.live());
  if (victim === undefined) return "nothing to silence";
  world.engine.silent.add(victim.wish.slug);
  return `sshd of ${victim.wish.slug} stops answering`;
}

async function ask(world: World): Promise<string> {
  const viewer = world.chance.pick(world.users);
  const mine = viewer === undefined ? [] : await world.db.workspaces.ofUser(viewer.userId, undefined, 10);
  const workspace = world.chance.pick(mine);
  if (viewer === undefined || workspace === undefined) return "no workspace";
  const snapshot = world.chance.pick(world.disk.workspaces.get(workspace.id)?.snapshots ?? [])?.name;
  if (snapshot === undefined) return "no snapshot";
  const asked = await world.db.transaction(async (tx) => {
    const locked = await tx.workspaces.lock(workspace.id);
    if (locked === undefined || (await tx.sessions.ofWorkspace(workspace.id)) !== undefined) return false;
    const roll = world.chance.next();
    if (roll < 0.2) return tx.workspaces.ask(workspace.id, { operation: "delete" });
    return tx.workspaces.ask(workspace.id, {
      operation: "restore",
      snapshot,
      safety: `before-restore-${world.clock.now()}`,
    });
  });
  return `workspace ${workspace.id}: ${asked ? "asked" : "in use"}`;
}

function sleep(world: World): string {
  const ms = world.chance.pick(SLEEPS_MS) ?? 0;
  world.clock.advance(ms);
  return `${ms} ms pass`;
}

async function comeTrueLate(world: World): Promise<string> {
  const [late] = world.plan.late.splice(world.chance.below(Math.max(1, world.plan.late.length)), 1);
  if (late === undefined) return "nothing is late";
  // What came too late may also fail: nobody listens any more.
  const outcome = await late().then(
    () => "done",
    (error: unknown) => String(error),
  );
  return `a call that hung comes true: ${outcome}`;
}

function work(world: World): string {
  // A program in a session writes: what the next snapshot must hold.
  for (const { wish } of world.engine.live()) {
    const ref = { userId: wish.userId, workspaceId: wish.workspacePath.split("/").at(-1) ?? "" };
    world.disk.write(ref, `by-${wish.slug}`, wish.slug);
  }
  return `${world.engine.live().length} sessions work`;
}

function restart(world: World): string {
  world.server.life.alive = false;
  world.server = bootServer(world);
  return "the process is restarted";
}

async function reconcile(world: World): Promise<string> {
  await world.server.reconciler.pass();
  return "pass";
}

async function ahead(world: World): Promise<string> {
  await world.server.reconciler.ahead();
  return "ahead";
}

async function glance(world: World): Promise<string> {
  await world.server.reconciler.glance();
  return "glance";
}

async function squat(world: World): Promise<string> {
  const waiting = (await world.db.sessions.unfinished()).filter(({ session }) => session.state !== "RUNNING");
  const victim = world.chance.pick(waiting);
  if (victim === undefined || world.engine.containers.has(victim.session.slug as Slug))
    return "no name to take";
  world.engine.addForeign(victim.session.slug as Slug);
  return `somebody else's container takes the name of ${victim.session.slug}`;
}

/** Weighted by how often they are listed. */
const ACTIONS: readonly Action[] = [
  create,
  create,
  create,
  create,
  stop,
  stop,
  reconcile,
  reconcile,
  reconcile,
  glance,
  glance,
  ahead,
  sleep,
  sleep,
  sleep,
  work,
  work,
  die,
  removeFromOutside,
  silence,
  ask,
  comeTrueLate,
  comeTrueLate,
  restart,
  squat,
];

/** People do not wait until the loop is idle: a stop or a create that falls into the middle of a step. */
export async function interrupt(world: World): Promise<void> {
  await attempt(world, world.chance.next() < 0.6 ? stop : create, "    meanwhile: ");
}

/** One thing happens. A dead process is started anew first, as its supervisor would. */
export async function act(world: World): Promise<void> {
  if (!world.server.life.alive) world.story.push(restart(world));
  const action = world.chance.pick(ACTIONS);
  if (action === undefined) return;
  await attempt(world, action, "");
}

async function attempt(world: World, action: Action, prefix: string): Promise<void> {
  try {
    world.story.push(prefix + (await action(world)));
  } catch (error) {
    const expected =
      error instanceof MedforgeError ||
      error instanceof MachineError ||
      error instanceof Crashed ||
      databaseFault(error) !== undefined;
    if (!expected) throw error;
    world.story.push(`${prefix}${action.name}: ${error}`);
  }
}
