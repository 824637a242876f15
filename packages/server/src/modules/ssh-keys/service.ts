import { MedforgeError } from "@medforge/core/errors";
import { isSlug } from "@medforge/core/ids";
import { ACTIVE_STATES, type Exposure } from "@medforge/core/session";
import { isDuplicate } from "@medforge/db/faults";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import type { SshKey } from "@medforge/db/queries/ssh-keys";
import { within } from "@medforge/runtime/deadline";

import { type Deps, newId } from "../../deps.ts";
import { authorizedLines } from "./authorized.ts";
import { readPublicKey } from "./public-key.ts";

const KEYS_MAX = 50;
const AUTHORIZE_MS = 10_000;
/** More changes than this while one is being written would be a loop, not a person. */
const ROUNDS_MAX = 10;

export async function addKey(
  deps: Deps,
  userId: string,
  wish: { readonly publicKey: string; readonly name?: string | undefined },
): Promise<SshKey> {
  const read = readPublicKey(wish.publicKey);
  if (!read.ok) throw invalidKey(read.why, read.rule);
  if ((await deps.db.sshKeys.page(userId, undefined, KEYS_MAX)).length >= KEYS_MAX) {
    throw new MedforgeError(
      "state_conflict",
      `You have ${KEYS_MAX} keys, the most there may be. Remove one first.`,
    );
  }
  const key: SshKey = {
    id: newId(deps),
    userId,
    name: wish.name ?? (read.key.comment.slice(0, 100).trim() || read.key.type),
    publicKey: read.key.line,
    fingerprint: read.key.fingerprint,
    createdAt: deps.clock.now(),
  };
  try {
    await deps.db.sshKeys.add(key);
  } catch (error) {
    if (!isDuplicate(error, "ssh_keys_fingerprint")) throw error;
    throw invalidKey(`You have added this key already (${key.fingerprint}).`, "duplicate");
  }
  await syncKeys(deps, userId);
  return key;
}

export async function removeKey(deps: Deps, userId: string, id: string): Promise<void> {
  const removed = await deps.db.sshKeys.remove(userId, id);
  // Also when it was gone already: an earlier removal may have been cut off before the sessions heard of it.
  await syncKeys(deps, userId);
  if (!removed) {
    throw new MedforgeError("not_found", "You have no such key. `GET /api/v2/me/ssh-keys` lists yours.");
  }
}

/**
 * Afterwards sshd in every session of this user accepts exactly the user's keys, and none where the user may be no
 * more. Reads again after writing, so that of several changes at once the last one holds, whichever process made it.
 * @throws MachineError when a session could not be told; asking again is right
 */
export async function syncKeys(deps: Deps, userId: string): Promise<void> {
  const sessions = await deps.db.sessions.page({ userId, states: ACTIVE_STATES }, undefined, 1000);
  const exposures = new Set(sessions.map(({ session }) => session.exposure));
  await Promise.all([...exposures].map((exposure) => syncSessions(deps, userId, exposure, sessions)));
}

async function syncSessions(
  deps: Deps,
  userId: string,
  exposure: Exposure,
  all: readonly SessionDetails[],
): Promise<void> {
  const sessions = all.filter(({ session }) => session.exposure === exposure);
  let lines = await authorizedLines(deps.db, userId, exposure);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const told = await Promise.allSettled(
      sessions.map(({ session }) =>
        within(deps.clock, AUTHORIZE_MS, "handing the keys to a session", async () => {
          if (isSlug(session.slug)) await deps.keys.authorize(session.slug, lines);
        }),
      ),
    );
    for (const one of told) if (one.status === "rejected") throw one.reason;
    const now = await authorizedLines(deps.db, userId, exposure);
    if (now.join("\n") === lines.join("\n")) return;
    lines = now;
  }
}

function invalidKey(why: string, rule: string): MedforgeError {
  return new MedforgeError("invalid_ssh_key", why, { fields: [{ path: "public_key", message: rule }] });
}
