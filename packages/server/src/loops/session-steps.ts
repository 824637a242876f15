import { assert } from "@medforge/core/assert";
import type { Slug } from "@medforge/core/ids";
import { backoffMs, type ContainerSeen, nextStep, type Step } from "@medforge/core/reconcile";
import { destinationOf, type EndReason, endSnapshotName } from "@medforge/core/session";
import type { SessionDetails } from "@medforge/db/queries/sessions";
import { within } from "@medforge/runtime/deadline";
import { MachineError } from "@medforge/runtime/errors";
import type { FirewallState } from "@medforge/runtime/firewall/port";

import { mountedDatasets } from "../competitions/datasets.ts";
import type { Deps } from "../deps.ts";
import { causeOf } from "../log.ts";
import { reconcileFailures, sessionStartSeconds } from "../metrics.ts";
import { authorizedLines } from "../modules/ssh-keys/authorized.ts";
import { learnAddress } from "./learn-address.ts";
import { whyNotStarted } from "./start-failure.ts";

/**
 * Takes the steps that `core/reconcile` decides on. Every step may be taken twice; every call has a deadline; what
 * fails is written down and tried again later.
 */

const LOOK_MS = 10_000;
const PREPARE_MS = 30_000;
const SNAPSHOT_MS = 30_000;
const BANNER_MS = 10_000;
const NO_SNAPSHOT = "No snapshot of its workspace could be taken; the files are kept as they are.";
/** On top of the grace that the container gets. */
const STOP_MS = 30_000;
const SNAPSHOT_ATTEMPTS_MAX = 4;
/** A session takes at most this many steps before others get their turn. */
const STEPS_MAX = 6;

export interface StepContext extends Deps {
  /** Whether this process is still the one that reconciles; asked before anything is brought up. */
  readonly leading: () => Promise<boolean>;
  /** At most so many containers start at once. */
  readonly startPermit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether the firewall is as it must be; those who ask at the same time share one look. */
  readonly wall: () => Promise<FirewallState>;
  /** Aborts when this session is to stop: whatever waits for it to come up need not wait any longer. */
  readonly stopping: (sessionId: string) => AbortSignal;
}

/** Brings one session as far as it goes now. */
export async function advance(ctx: StepContext, sessionId: string): Promise<void> {
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const details = await ctx.db.sessions.byId(sessionId);
    if (details === undefined) return;
    const { state, attempts } = details.session;
    if (state !== "STARTING" && state !== "RUNNING" && state !== "STOPPING") return;
    const step = nextStep(
      {
        state,
        ageMs: ctx.clock.now() - details.session.stateSince,
        backoffMs: details.session.nextAttemptAt - ctx.clock.now(),
        startMsMax: ctx.config.startMsMax,
      },
      await look(ctx, details),
    );
    if (step.do === "wait") return;
    try {
      if (!(await take(ctx, details, step))) return;
    } catch (error) {
      // Not the machine's fault and nothing a later attempt should hide: the loop logs it.
      if (!(error instanceof MachineError)) throw error;
      reconcileFailures.inc({ step: step.do });
      const retryAt = ctx.clock.now() + backoffMs(attempts + 1);
      await ctx.db.sessions.recordFailure(sessionId, state, {
        attempts: attempts + 1,
        nextAttemptAt: retryAt,
        error: error.message,
      });
      ctx.log.warn("session.retry", {
        ...names(details),
        loop: "reconcile",
        step: step.do,
        attempts: attempts + 1,
        error: causeOf(error),
      });
      return;
    }
  }
}

/** @returns whether it is worth looking again at once */
async function take(
  ctx: StepContext,
  details: SessionDetails,
  step: Exclude<Step, { do: "wait" }>,
): Promise<boolean> {
  switch (step.do) {
    case "start":
      return ctx.startPermit(() => start(ctx, details));
    case "await-banner":
      return awaitBanner(ctx, details);
    case "give-up":
      return giveUp(ctx, details, step.reason, step.message, step.diedAtMs);
    case "stop":
      return stop(ctx, details);
    case "finish":
      return finish(ctx, details);
  }
}

async function look(ctx: StepContext, details: SessionDetails): Promise<ContainerSeen> {
  const slug = details.session.slug as Slug;
  try {
    const found = await within(ctx.clock, LOOK_MS, "looking at the container", () =>
      ctx.containers.look(slug),
    );
    if (found === undefined) return { is: "missing" };
    const state = found.state;
    if (state.is === "running") await learnAddress(ctx, details, state.address);
    return state.is === "exited" ? state : { is: state.is };
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    ctx.log.warn("session.look_failed", { ...names(details), loop: "reconcile", error: causeOf(error) });
    return { is: "unknown" };
  }
}

async function start(ctx: StepContext, details: SessionDetails): Promise<boolean> {
  const { session, pack, gpu, workspace } = details;
  assert(session.sshPort !== null && gpu !== null, "a session that starts has a GPU and a port");
  const network = {
    slug: session.slug as Slug,
    sessionId: session.id,
    userId: session.userId,
    workspaceId: session.workspaceId,
    exposure: session.exposure,
    sshPort: session.sshPort,
    gpuUuid: gpu.uuid,
  };
  try {
    const authorizedKeys = await authorizedLines(ctx.db, session.userId, session.exposure);
    const [workspacePath, keysPath, datasets, wall] = await within(
      ctx.clock,
      PREPARE_MS,
      "preparing the session",
      () =>
        allOf([
          ctx.workspaces.ensure(network, workspace.quotaBytes),
          ctx.keys.prepare({
            slug: network.slug,
            workspaceId: session.workspaceId,
            hostNames: [ctx.config.ssh.host],
            authorizedKeys,
          }),
          mountedDatasets(ctx, session.exposure),
          ctx.wall(),
          ctx.containers.prepareNetwork(network),
        ] as const),
    );
    if (!wall.ok)
      throw new MachineError(
        "broken",
        `the firewall is not as it must be: ${wall.why}`,
        "Run `./medforge doctor`.",
      );
    // A stop may have come in, or another process may lead by now: bring nothing up that nobody waits for.
    const current = (await ctx.db.sessions.statesOf([session.slug])).get(session.slug);
    if (current !== "STARTING" || !(await ctx.leading())) return current === "STOPPING";
    await within(ctx.clock, ctx.config.startMsMax, "starting the container", (signal) =>
      ctx.containers.start(
        {
          ...network,
          image: pack.image,
          workspacePath,
          keysPath,
          datasets,
          gpu: ctx.gpus.grant(gpu.uuid),
          limits: ctx.config.session,
        },
        AbortSignal.any([signal, ctx.stopping(session.id)]),
      ),
    );
  } catch (error) {
    const refusal = whyNotStarted(error);
    if (refusal === undefined) throw error;
    ctx.log.error("session.error", { ...names(details), loop: "reconcile", reason: "start_failed" }, error);
    return giveUp(ctx, details, "start_failed", refusal, null);
  }
  return awaitBanner(ctx, details);
}

/** As Promise.all, but leaves nothing under way behind when one fails: whoever cleans up then finds all of it. */
async function allOf<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function awaitBanner(ctx: StepContext, details: SessionDetails): Promise<boolean> {
  const { session } = details;
  assert(session.sshPort !== null, "a session that starts has a port");
  const port = session.sshPort;
  const left = ctx.config.startMsMax - (ctx.clock.now() - session.stateSince);
  const patience = Math.max(100, Math.min(left, BANNER_MS));
  const seen = await within(ctx.clock, patience + LOOK_MS, "waiting for sshd", (signal) =>
    ctx.containers.bannerSeen(port, patience, AbortSignal.any([signal, ctx.stopping(session.id)])),
  );
  // Not yet: look again, it may have died, been stopped, or run out of time.
  if (!seen) return true;
  const found = await within(ctx.clock, LOOK_MS, "looking at the container", () =>
    ctx.containers.look(session.slug as Slug),
  );
  if (found?.state.is !== "running") return true;
  const at = ctx.clock.now();
  const set = { runningAt: at, address: found.state.address };
  if (await ctx.db.sessions.move(session.id, { from: "STARTING", to: "RUNNING", at, actor: "loop", set })) {
    sessionStartSeconds.observe((at - session.stateSince) / 1000);
    ctx.log.info("session.running", {
      ...names(details),
      loop: "reconcile",
      start_ms: at - session.stateSince,
    });
    ctx.bell.ring(session.id, "loop");
    await authorizeAnew(ctx, details);
    return false;
  }
  return true;
}

/** A key or a right that changed while the session came up may have missed the folder: write what is true now. */
async function authorizeAnew(ctx: StepContext, { session }: SessionDetails): Promise<void> {
  const lines = await authorizedLines(ctx.db, session.userId, session.exposure);
  await within(ctx.clock, LOOK_MS, "writing the authorized keys", () =>
    ctx.keys.authorize(session.slug as Slug, lines),
  );
}

async function giveUp(
  ctx: StepContext,
  details: SessionDetails,
  reason: EndReason,
  message: string,
  diedAtMs: number | null,
): Promise<boolean> {
  const { id, state } = details.session;
  assert(state === "STARTING" || state === "RUNNING", "only a session that is not ending is given up");
  const at = ctx.clock.now();
  const set = diedAtMs === null ? {} : { gpuUntil: Math.min(diedAtMs, at) };
  if (
    await ctx.db.sessions.move(id, { from: state, to: "STOPPING", at, actor: "loop", reason, message, set })
  ) {
    ctx.log.warn("session.error", { ...names(details), loop: "reconcile", reason });
    ctx.bell.ring(id, "loop");
  }
  return true;
}

async function stop(ctx: StepContext, details: SessionDetails): Promise<boolean> {
  const grace = ctx.config.stopGraceMs;
  await within(ctx.clock, grace + STOP_MS, "stopping the container", (signal) =>
    ctx.containers.stop(details.session.slug as Slug, grace, signal),
  );
  return true;
}

/** The container is gone. Snapshot first, then the terminal state: whoever reads STOPPED finds the snapshot. */
async function finish(ctx: StepContext, details: SessionDetails): Promise<boolean> {
  const { session } = details;
  const slug = session.slug as Slug;
  const reason = session.reason as EndReason;
  await within(ctx.clock, STOP_MS, "removing network and keys", () =>
    Promise.all([ctx.containers.removeNetwork(slug), ctx.keys.remove(slug)]),
  );
  const snapshot = await snapshotAtEnd(ctx, details, endSnapshotName(reason, session.stateSince));
  const failed = snapshot === "failed";
  const to = failed ? "ERROR" : destinationOf(reason);
  const at = ctx.clock.now();
  const moved = await ctx.db.sessions.move(session.id, {
    from: "STOPPING",
    to,
    at,
    actor: "loop",
    ...endOf(session, failed),
    set: { endedAt: at, gpuUntil: session.gpuUntil ?? at, address: null, snapshot: failed ? null : snapshot },
  });
  if (moved) {
    ctx.log.info(to === "STOPPED" ? "session.stop" : "session.error", {
      ...names(details),
      loop: "reconcile",
      reason,
      snapshot,
    });
    ctx.bell.ring(session.id, "loop");
  }
  return false;
}

/** What is said about the end. Whoever never got in wants to know why, and has lost nothing to a missing snapshot. */
function endOf(
  { reason, message, runningAt }: SessionDetails["session"],
  snapshotFailed: boolean,
): { readonly reason: EndReason; readonly message?: string } {
  const why = reason as EndReason;
  if (!snapshotFailed) return { reason: why, ...(message === null ? {} : { message }) };
  const neverRan = runningAt === null && destinationOf(why) === "ERROR";
  return neverRan
    ? { reason: why, message: `${message ?? "The session did not start."} ${NO_SNAPSHOT}` }
    : { reason: "snapshot_failed", message: `The session ended. ${NO_SNAPSHOT}` };
}

/** @returns the snapshot's name, null when there were never files to keep, "failed" when it cannot be taken */
async function snapshotAtEnd(
  ctx: StepContext,
  { session }: SessionDetails,
  name: string,
): Promise<string | null | "failed"> {
  const ref = { userId: session.userId, workspaceId: session.workspaceId };
  try {
    await within(ctx.clock, SNAPSHOT_MS, "taking the snapshot", () => ctx.workspaces.snapshot(ref, name));
    return name;
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    if (error.fault === "missing" && session.runningAt === null) return null;
    const passing = error.fault === "unreachable" || error.fault === "deadline" || error.fault === "in-use";
    if (passing && session.attempts + 1 < SNAPSHOT_ATTEMPTS_MAX) throw error;
    ctx.log.error(
      "session.snapshot_failed",
      { session_id: session.id, slug: session.slug, loop: "reconcile" },
      error,
    );
    return "failed";
  }
}

export function names({ session, gpu }: SessionDetails) {
  return { session_id: session.id, user_id: session.userId, slug: session.slug, gpu_id: gpu?.uuid ?? null };
}
