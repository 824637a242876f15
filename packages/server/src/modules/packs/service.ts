import { MedforgeError } from "@medforge/core/errors";
import { isDuplicate } from "@medforge/db/faults";
import type { Pack } from "@medforge/db/queries/packs";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

import { type Deps, newId } from "../../deps.ts";

/** `repository@sha256:…`, or an image id `sha256:…`: what a name and a tag mean may change, a digest cannot. */
const PINNED = /^([a-z0-9][a-z0-9._/:-]*@)?sha256:[0-9a-f]{64}$/;
const CHECK_MS = 10_000;

export async function addPack(
  deps: Deps,
  wish: Pick<Pack, "name" | "description" | "image" | "exposure">,
): Promise<Pack> {
  if (!PINNED.test(wish.image)) {
    throw imageRefused(
      "A pack is pinned: `repository@sha256:<64 hex>`, or an image id `sha256:<64 hex>`. `docker images --digests` shows it.",
      "is not pinned by digest",
    );
  }
  try {
    await within(deps.clock, CHECK_MS, "looking for an image", () => deps.containers.checkImage(wish.image));
  } catch (error) {
    if (!(error instanceof MachineError) || error.fault !== "missing") throw error;
    throw imageRefused("The engine has no such image. Pull or build it first.", "is not on this machine");
  }
  const pack: Pack = { ...wish, id: newId(deps), deprecatedAt: null, createdAt: deps.clock.now() };
  try {
    await deps.db.packs.add(pack);
  } catch (error) {
    if (!isDuplicate(error, "packs_name")) throw error;
    throw new MedforgeError("state_conflict", `There is a pack "${wish.name}" already. Choose another name.`);
  }
  return pack;
}

function imageRefused(detail: string, message: string): MedforgeError {
  return new MedforgeError("invalid_request", detail, { fields: [{ path: "image", message }] });
}
