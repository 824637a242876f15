import { lowestFreePorts } from "@medforge/core/allocation";
import type { Slug } from "@medforge/core/ids";
import { within } from "@medforge/runtime/deadline";

import { type Deps, newSlug } from "../deps.ts";

/**
 * What the next sessions will need and takes long to make: host keys for new workspaces, and the networks of those
 * ports that would be given out next. Making a bridge is a fifth of a start. Internal sessions get theirs when they
 * start.
 */

const KEYS_MS = 30_000;
const NETWORK_MS = 30_000;
/** More at once would wait for the engine anyway. */
const AHEAD_MAX = 16;

export async function makeAhead(deps: Deps): Promise<void> {
  await within(deps.clock, KEYS_MS, "making host keys ahead", () =>
    deps.keys.makeAhead([deps.config.ssh.host], AHEAD_MAX),
  );
  const gpus = await deps.db.gpus.withHolders();
  const free = gpus.filter(
    (gpu) => gpu.enabled && gpu.present && gpu.holderSessionId === null && gpu.orphanSlug === null,
  );
  const taken = await deps.db.sessions.portsInUse();
  const { portFirst: first, portLast: last } = deps.config.ssh;
  await makeNetworksAhead(deps, lowestFreePorts(taken, Math.min(free.length, AHEAD_MAX), { first, last }));
}

/** Afterwards exactly these ports have a network that no session uses yet. */
async function makeNetworksAhead(deps: Deps, ports: readonly number[]): Promise<void> {
  const spares = await deps.db.spareNetworks.all();
  for (const { slug, sshPort } of spares) if (!ports.includes(sshPort)) await dropSpare(deps, slug);
  for (const sshPort of ports) {
    const known = spares.find((spare) => spare.sshPort === sshPort)?.slug;
    const slug = (known ?? newSlug(deps)) as Slug;
    // The row first: whatever is made afterwards has an owner.
    if (known === undefined) await deps.db.spareNetworks.add({ slug, sshPort });
    await within(deps.clock, NETWORK_MS, "making a network ahead", () =>
      deps.containers.prepareNetwork({ slug, sshPort, exposure: "EXTERNAL" }),
    );
  }
}

/** Afterwards no network lies ready: for the end of MedForge on this host. */
export async function dropSpares(deps: Pick<Deps, "db" | "containers" | "clock">): Promise<void> {
  for (const { slug } of await deps.db.spareNetworks.all()) await dropSpare(deps, slug);
}

async function dropSpare(deps: Pick<Deps, "db" | "containers" | "clock">, slug: string): Promise<void> {
  // Not ours any more if a session took it in the meantime.
  if (!(await deps.db.spareNetworks.drop(slug))) return;
  await within(deps.clock, NETWORK_MS, "removing a network", () =>
    deps.containers.removeNetwork(slug as Slug),
  );
}
