import type { Database } from "@medforge/db/database";

import { act, interrupt } from "./actions.ts";
import { broken, fingerprint } from "./invariants.ts";
import { bootServer, buildWorld, type World } from "./world.ts";

const STEPS = 40;
/** Passes that the house gets to put itself right, a minute apart: more than any deadline and backoff. */
const RECOVERY_PASSES = 8;

export interface Ending {
  readonly faults: readonly string[];
  readonly story: readonly string[];
}

/** Plays one seed: bad days, then good ones, then the invariants. The same seed plays the same story. */
export async function play(db: Database, seed: number): Promise<Ending> {
  const world = await buildWorld(db, seed, { users: 4, gpus: 2 });
  world.plan.rate = [0, 0.03, 0.1, 0.25][seed % 4] ?? 0;
  world.plan.meanwhile = () => interrupt(world);
  for (let step = 0; step < STEPS; step++) await act(world);
  world.story.push("the bad days are over");
  world.plan.rate = 0;
  for (const late of world.plan.late.splice(0)) await late().catch(() => undefined);
  world.server = bootServer(world);
  await recover(world, RECOVERY_PASSES);
  const faults = await broken(world);
  const before = await fingerprint(world);
  world.server = bootServer(world);
  await recover(world, 2);
  if ((await fingerprint(world)) !== before) faults.push("recovery changed something the second time");
  return { faults, story: world.story };
}

async function recover(world: World, passes: number): Promise<void> {
  for (let i = 0; i < passes; i++) {
    await world.server.reconciler.ahead();
    await world.server.reconciler.pass();
    world.clock.advance(61_000);
  }
}
