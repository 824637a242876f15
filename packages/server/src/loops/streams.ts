import { entryRefusal } from "@medforge/core/access";
import { databaseFault } from "@medforge/db/faults";
import type { AppLoginDetails } from "@medforge/db/queries/app-logins";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

import type { Deps } from "../deps.ts";
import { isLive, LOGIN_IDLE_MS_MAX, viewerFrom } from "../http/viewer.ts";
import { causeOf } from "../log.ts";

/** The gate decides only when something begins. What goes on, WebSockets above all, ends here when the right does. */

/** Also what another process did, what expired and what nobody could tell about is noticed this soon. */
const SWEEP_MS = 1_000;
/** Until then another process may have let somebody in by what it remembers (`gateCacheMs`, and a look of its own). */
const CUT_AGAIN_MS = 2_500;
const CUT_MS_MAX = 2_000;

/** Runs in every process: all of them may do the same, and it is done when one of them lives. */
export async function cutStreams(deps: Deps, signal: AbortSignal): Promise<void> {
  let ring = () => {};
  const deaf = [deps.rights.listen(() => ring()), deps.bell.listen(() => ring())];
  while (!signal.aborted) {
    const rung = Promise.withResolvers<void>();
    ring = rung.resolve;
    await sweep(deps).catch((error: unknown) => {
      const passing = error instanceof MachineError || databaseFault(error) !== undefined;
      deps.log.error(passing ? "gate.streams_wait" : "gate.streams_broke", { loop: "streams" }, error);
    });
    const slept = new AbortController();
    await Promise.race([rung.promise, deps.clock.sleep(SWEEP_MS, AbortSignal.any([signal, slept.signal]))]);
    slept.abort();
  }
  for (const stop of deaf) stop();
}

/**
 * Ends the app logins that are good no more, and with each of them everybody's streams to that container: who still
 * may come connects again. Twice, as a request that was let in at the last moment may only become a stream afterwards.
 * Whatever is cut short here is done by the next sweep, of any process.
 */
export async function sweep(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const doubtful = await deps.db.appLogins.doubtful(now, now - LOGIN_IDLE_MS_MAX);
  const fallen = doubtful.filter((app) => app.endedAt === null && !isGood(app, now));
  const over = doubtful.filter(({ endedAt }) => endedAt !== null && now - endedAt >= CUT_AGAIN_MS);
  const cut = await cutAll(deps, [...fallen, ...over]);
  const done = (apps: readonly AppLoginDetails[]) =>
    apps.filter(({ session }) => cut.has(session.id)).map(({ tokenHash }) => tokenHash);
  await deps.db.appLogins.end(done(fallen), now);
  await deps.db.appLogins.remove(done(over));
}

function isGood({ login, user, session }: AppLoginDetails, now: number): boolean {
  return (
    isLive(login, now) &&
    user.disabledAt === null &&
    session.state === "RUNNING" &&
    entryRefusal(viewerFrom(user), session) === undefined
  );
}

/** @returns the sessions that have no streams left; the others are tried again */
async function cutAll(deps: Deps, apps: readonly AppLoginDetails[]): Promise<Set<string>> {
  const sessions = new Map(apps.map(({ session }) => [session.id, session]));
  const done = await Promise.all(
    [...sessions.values()].map(async ({ id, slug, address }) => {
      // Without an address its container is gone, and the address may be another's by now.
      if (address === null) return id;
      const fields = { session_id: id, slug, loop: "streams" };
      try {
        await within(deps.clock, CUT_MS_MAX, "cutting streams", () => deps.streams.cut(address));
        deps.log.info("gate.streams_cut", fields);
        return id;
      } catch (error) {
        if (!(error instanceof MachineError)) throw error;
        deps.log.error("gate.streams_not_cut", { ...fields, error: causeOf(error) });
        return undefined;
      }
    }),
  );
  return new Set(done.filter((id) => id !== undefined));
}
