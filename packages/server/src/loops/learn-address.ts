import type { SessionDetails } from "@medforge/db/queries/sessions";

import type { Deps } from "../deps.ts";

/**
 * Afterwards the book says where the container is, for the gate. Learnt when the session became RUNNING; an engine that
 * was restarted, or found the address taken, may have given it another one since.
 * @param address as the engine says now; null when it does not say
 */
export async function learnAddress(
  deps: Pick<Deps, "db" | "bell" | "log">,
  { session }: SessionDetails,
  address: string | null,
): Promise<void> {
  if (session.state !== "RUNNING" || address === null || address === session.address) return;
  await deps.db.sessions.setAddress(session.id, address);
  deps.log.info("session.moved", { loop: "reconcile", session_id: session.id, slug: session.slug });
  deps.bell.ring(session.id, "loop");
}
