import { type Passage, passageTo, type Visitor, type Way } from "@medforge/core/access";
import { parseSessionHost, type SessionHost } from "@medforge/core/hosts";
import type { VisitingApp } from "@medforge/db/queries/gate";

import type { Deps } from "../../deps.ts";
import { tokenHash } from "../../http/secrets.ts";
import { isLive, TOUCH_MS_MIN } from "../../http/viewer.ts";
import { causeOf } from "../../log.ts";

/** What is known about a visitor with one app login, or none, at one session's host. */
export interface Known {
  readonly host: SessionHost;
  readonly visitor: Visitor | undefined;
  readonly passage: (way: Way) => Passage;
  /** Of the answer that lets the request pass. */
  readonly headers: Readonly<Record<"x-medforge-upstream" | "x-medforge-user", string>>;
}

export interface Visits {
  /**
   * From memory when it is fresh, and then at once.
   * @param hostText as the visitor wrote it
   * @param token of the app login, "" without one
   * @returns undefined when that is no session's host
   */
  look(hostText: string, token: string): Known | undefined | Promise<Known>;
  /** What was looked up before is not believed any more, nor what is being looked up now. */
  forget(): void;
}

interface Entry {
  readonly untilMs: number;
  known: Known | Promise<Known>;
}

/** Enough for everybody; somebody who makes up hosts and tokens only makes us forget. */
const ENTRIES_MAX = 20_000;

export function createVisits(deps: Deps): Visits {
  const { config, clock } = deps;
  let entries = new Map<string, Entry>();

  async function load(host: SessionHost, token: string): Promise<Known> {
    const visit = await deps.db.gate.visit(host.slug, token === "" ? "" : tokenHash(token));
    const session = visit?.session;
    const visitor = visit?.app === undefined ? undefined : visitorFrom(deps, visit.app, host.port);
    const there =
      session === undefined
        ? undefined
        : { ...session, running: session.state === "RUNNING" && session.address !== null };
    return {
      host,
      visitor,
      passage: (way) => passageTo(visitor, there, host.exposure, way),
      headers: {
        "x-medforge-upstream": `${session?.address}:${host.port}`,
        "x-medforge-user": visitor?.viewer.userId ?? "",
      },
    };
  }

  return {
    look(hostText, token) {
      const now = clock.now();
      const key = `${hostText} ${token}`;
      const fresh = entries.get(key);
      if (fresh !== undefined && now < fresh.untilMs) return fresh.known;
      const host = parseSessionHost(config.domain, hostText);
      if (host === undefined) return undefined;
      if (entries.size >= ENTRIES_MAX) entries = new Map();
      const known = load(host, token);
      const entry: Entry = { untilMs: now + config.gateCacheMs, known };
      entries.set(key, entry);
      known.then(
        (found) => {
          entry.known = found;
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      return known;
    },
    forget() {
      entries = new Map();
    },
  };
}

function visitorFrom(deps: Deps, app: VisitingApp, port: number): Visitor | undefined {
  const now = deps.clock.now();
  const { login, user } = app;
  if (app.ended || !isLive(login, now) || user.disabled) return undefined;
  if (now - login.lastSeenAt >= TOUCH_MS_MIN) {
    // Whoever works in a session uses the login, and nobody waits for that to be written down.
    deps.db.logins.touch(login.id, now).catch((error: unknown) => {
      deps.log.warn("gate.touch_failed", { user_id: user.id, error: causeOf(error) });
    });
  }
  return {
    viewer: { userId: user.id, role: user.role, canUseInternal: user.canUseInternal },
    here: app.here && app.port === port,
  };
}
