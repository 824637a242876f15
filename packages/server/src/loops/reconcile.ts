import { databaseFault } from "@medforge/db/faults";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";

import type { Deps } from "../deps.ts";
import { reconcileSeconds } from "../metrics.ts";
import { createAccessKeeper } from "./access.ts";
import { makeAhead } from "./ahead.ts";
import { permits } from "./permits.ts";
import { startQueued } from "./queue.ts";
import { advance, type StepContext } from "./session-steps.ts";
import { clearStrays } from "./strays.ts";
import { settleWorkspaces } from "./workspaces.ts";

const WALL_MS = 10_000;

export interface Reconciler {
  /** Looks at everything once: sessions, queue, workspaces, strays. Never throws for what a later pass can mend. */
  pass(): Promise<void>;
  /** Looks only at what is due: rows that ask for something, and failed attempts whose time has come. */
  glance(): Promise<void>;
  /** Makes ahead what the next sessions will need, when nothing else is to be done. */
  ahead(): Promise<void>;
  /** Looks at one session now. */
  one(sessionId: string): Promise<void>;
  /** Resolves when nothing is being worked on. */
  idle(): Promise<void>;
}

/**
 * @param leading whether this process is the one that reconciles
 * @param sessionsAtOnce how many sessions are worked on side by side
 */
export function createReconciler(
  deps: Deps,
  leading: () => Promise<boolean>,
  sessionsAtOnce = 64,
): Reconciler {
  const turn = permits(sessionsAtOnce);
  const stops = new Map<string, AbortController>();
  const stopOf = (id: string) => {
    const stop = stops.get(id) ?? new AbortController();
    stops.set(id, stop);
    return stop;
  };
  const ctx: StepContext = {
    ...deps,
    leading,
    startPermit: permits(deps.config.startsAtOnce),
    stopping: (id) => stopOf(id).signal,
    // With a deadline of its own: a look that hangs must not be shared for ever.
    wall: singly(() => within(deps.clock, WALL_MS, "looking at the firewall", () => deps.firewall.verify())),
  };
  const working = new Map<string, Promise<void>>();
  /** Rung while being worked on: look again afterwards. */
  const again = new Set<string>();

  async function guarded(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The machine or the database is away: the next pass tries again. Anything else is a mistake of ours, and the
      // loop has to outlive it too; it is logged in full.
      const passing = error instanceof MachineError || databaseFault(error) !== undefined;
      deps.log.error(
        passing ? "session.reconcile_waits" : "session.reconcile_broke",
        { loop: "reconcile", what },
        error,
      );
    }
  }

  function one(sessionId: string): Promise<void> {
    const running = working.get(sessionId);
    if (running !== undefined) {
      again.add(sessionId);
      void guarded("stop", () => hurry(sessionId));
      return running;
    }
    const work = (async () => {
      do {
        again.delete(sessionId);
        await turn(() => guarded("session", () => advance(ctx, sessionId)));
      } while (again.has(sessionId));
    })().finally(() => {
      working.delete(sessionId);
      stale = true;
      stops.delete(sessionId);
    });
    working.set(sessionId, work);
    return work;
  }

  /** A stop that comes in during a start does not wait for the start to end. */
  async function hurry(sessionId: string): Promise<void> {
    const details = await deps.db.sessions.byId(sessionId);
    if (details?.session.state === "STOPPING" && working.has(sessionId)) stopOf(sessionId).abort();
  }

  const strays = singly(() => guarded("strays", () => clearStrays(deps)));
  const keepAccess = createAccessKeeper(deps);
  const access = singly(() => guarded("access", keepAccess));
  const workspaces = singly(() => guarded("workspaces", () => settleWorkspaces(deps)));
  const queue = singly(async () => {
    let started: string[] = [];
    await guarded("queue", async () => {
      started = await startQueued(deps);
    });
    return started;
  });

  /** Whether something happened since all was made ahead. */
  let stale = true;
  let restUntil = 0;
  const ahead = singly(async () => {
    if (!stale || working.size > 0 || deps.clock.now() < restUntil) return;
    // If it fails, not again at once.
    restUntil = deps.clock.now() + deps.config.pollMs;
    await guarded("ahead", async () => {
      stale = false;
      await makeAhead(deps);
      restUntil = 0;
    });
  });

  const accessQueueAndWorkspaces = () =>
    Promise.all([access(), workspaces(), queue().then((ids) => Promise.all(ids.map(one)))]);

  return {
    one,
    ahead,
    async pass() {
      stale = true;
      const done = reconcileSeconds.startTimer();
      await strays();
      await guarded("sessions", async () => {
        const rows = await deps.db.sessions.unfinished();
        await Promise.all(
          rows.filter(({ session }) => session.state !== "QUEUED").map(({ session }) => one(session.id)),
        );
      });
      await accessQueueAndWorkspaces();
      done();
    },
    async glance() {
      await guarded("due", async () => {
        const due = await deps.db.sessions.due(deps.clock.now());
        await Promise.all(due.filter((id) => !working.has(id)).map(one));
      });
      await accessQueueAndWorkspaces();
    },
    async idle() {
      while (working.size > 0) await Promise.allSettled([...working.values()]);
      await Promise.allSettled([strays, access, workspaces, queue, ahead].map((each) => each.running()));
    },
  };
}

interface Single<T> {
  (): Promise<T>;
  running(): Promise<T> | undefined;
}

/** Whoever asks while it is under way gets the run that is under way. */
function singly<T>(work: () => Promise<T>): Single<T> {
  let running: Promise<T> | undefined;
  const run = () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return Object.assign(run, { running: () => running });
}
