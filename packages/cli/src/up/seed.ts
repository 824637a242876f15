import { MachineError } from "@medforge/runtime/errors";
import { compareInventory } from "@medforge/runtime/gpus/inventory";
import { type Deps, newId } from "@medforge/server/deps";

import { createUser } from "../users.ts";

/** What a fresh database must hold before anyone can have a session. Each may be called again. */

const PACK = "default";

/** Afterwards the default pack is an image that the engine has; `build` makes one when there is none. */
export async function seedPack(deps: Deps, build: () => Promise<string>): Promise<void> {
  const known = await deps.db.packs.byName(PACK);
  if (known !== undefined && (await hasImage(deps, known.image))) return;
  const image = await build();
  if (known !== undefined) return deps.db.packs.setImage(known.id, image);
  await deps.db.packs.add({
    id: newId(deps),
    name: PACK,
    description: "Python, git, tmux and the usual tools, over SSH.",
    image,
    exposure: "BOTH",
    deprecatedAt: null,
    createdAt: deps.clock.now(),
  });
}

async function hasImage(deps: Deps, image: string): Promise<boolean> {
  try {
    await deps.containers.checkImage(image);
    return true;
  } catch (error) {
    if (error instanceof MachineError && error.fault === "missing") return false;
    throw error;
  }
}

/** Afterwards every device that the machine shows is registered. An admin's choices stay. @returns the new ones */
export async function seedGpus(deps: Deps): Promise<string[]> {
  const { unregistered } = compareInventory(await deps.db.gpus.withHolders(), await deps.gpus.list());
  for (const { uuid, name, memoryMib, kind } of unregistered) {
    await deps.db.gpus.add({
      id: newId(deps),
      uuid,
      name,
      memoryMib,
      kind,
      enabled: true,
      present: true,
      lastUsedAt: null,
      createdAt: deps.clock.now(),
    });
  }
  return unregistered.map(({ uuid }) => uuid);
}

export interface NewAdmin {
  readonly email: string;
  /** Only when we made it up: it is shown once and stored nowhere. */
  readonly password: string | undefined;
}

/** Afterwards there is an admin, the named one if one is named. @returns the one that was made, if any */
export async function seedAdmin(
  deps: Deps,
  given: { readonly email: string | undefined; readonly password: string | undefined },
): Promise<NewAdmin | undefined> {
  const there =
    given.email === undefined
      ? (await deps.db.users.countAdmins()) > 0
      : (await deps.db.users.byEmail(given.email)) !== undefined;
  if (there) return undefined;
  const email = given.email ?? "admin@localhost";
  const made = Buffer.from(deps.randomBytes(15)).toString("base64url");
  await createUser(deps, { email, password: given.password ?? made, displayName: "Admin", admin: true });
  return { email, password: given.password === undefined ? made : undefined };
}
