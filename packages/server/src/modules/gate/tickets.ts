import { entryRefusal } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import type { SessionHost } from "@medforge/core/hosts";
import type { Tables } from "@medforge/db/database";

import type { Deps } from "../../deps.ts";
import type { LoggedIn } from "../../http/facts.ts";
import { countHit } from "../../http/rate-limit.ts";
import { newSecret, tokenHash } from "../../http/secrets.ts";
import { isLive, viewerFrom } from "../../http/viewer.ts";
import { audit } from "../admin/audit.ts";
import { refusal } from "./refusal.ts";

/** A ticket is how a login on the portal becomes one on a session's host, where the portal's cookie never gets. */

const TICKET_MS = 60_000;
/** A browser that keeps no cookie comes back again and again; this ends it with an explanation. */
const LIMIT = { what: "session-ticket", hitsMax: 30, windowMs: 60_000 };
/** Tabs that were opened together may each have got a login; only one of their cookies stays. */
const REPLACED_AFTER_MS = 60_000;

/** @throws MedforgeError `not_found`, `forbidden`, `internal_access_required`, `rate_limited` */
export async function issueTicket(deps: Deps, { user, login }: LoggedIn, host: SessionHost): Promise<string> {
  const session = await runningSession(deps.db, host);
  const refused = entryRefusal(viewerFrom(user), session);
  if (refused !== undefined) throw refusal(refused);
  await countHit(deps, LIMIT, `${login.id} ${host.slug}`);
  const ticket = newSecret(deps);
  await deps.db.sessionTickets.add({
    tokenHash: tokenHash(ticket),
    loginId: login.id,
    sessionId: session.id,
    port: host.port,
    expiresAt: deps.clock.now() + TICKET_MS,
  });
  return ticket;
}

/**
 * Takes the ticket, whatever comes of it, and gives an app login for this host if all is as it was.
 * @returns what the cookie holds
 * @throws MedforgeError `not_authenticated` for a ticket that is used, too old, another host's or of a login that ended
 */
export async function redeemTicket(
  deps: Deps,
  ticket: string,
  host: SessionHost,
  from: { readonly requestId: string; readonly address: string },
): Promise<string> {
  const taken = await deps.db.transaction((tx) => tx.sessionTickets.take(tokenHash(ticket)));
  const now = deps.clock.now();
  const session = await runningSession(deps.db, host);
  const caller = taken === undefined ? undefined : await deps.db.logins.byId(taken.loginId);
  if (
    taken === undefined ||
    now >= taken.expiresAt ||
    taken.sessionId !== session.id ||
    taken.port !== host.port ||
    caller === undefined ||
    !isLive(caller.login, now) ||
    caller.user.disabledAt !== null
  ) {
    throw new MedforgeError(
      "not_authenticated",
      "This way in was used already, is older than a minute, or its login has ended. Open the session again.",
    );
  }
  const refused = entryRefusal(viewerFrom(caller.user), session);
  if (refused !== undefined) throw refusal(refused);
  const token = newSecret(deps);
  const app = {
    tokenHash: tokenHash(token),
    loginId: taken.loginId,
    sessionId: session.id,
    port: host.port,
    createdAt: now,
    endedAt: null,
  };
  await deps.db.appLogins.replace(app, now - REPLACED_AFTER_MS);
  await audit(deps, {
    actorId: caller.user.id,
    action: "auth.session.enter",
    target: host.slug,
    detail: { login_id: taken.loginId, port: host.port },
    ...from,
  });
  return token;
}

/** @throws MedforgeError `not_found` */
async function runningSession(db: Tables, host: SessionHost) {
  const details = await db.sessions.bySlug(host.slug);
  if (details?.session.state !== "RUNNING" || details.session.exposure !== host.exposure) {
    throw refusal("not_found");
  }
  return details.session;
}
