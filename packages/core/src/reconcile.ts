import type { EndReason, SessionState } from "./session.ts";

/**
 * The whole behaviour of a session over time, as one pure function: what was asked for (the row), what is seen
 * (the container), and for how long it has been so. The loop takes the step; nothing else moves a session.
 */

export type ContainerSeen =
  /** We could not look. Missing information means wait, never act. */
  | { readonly is: "unknown" }
  | { readonly is: "missing" }
  /** Created but never started: what a crash between the two leaves behind. */
  | { readonly is: "created" }
  | { readonly is: "running" }
  | {
      readonly is: "exited";
      readonly exitCode: number;
      readonly outOfMemory: boolean;
      readonly atMs: number;
    };

export interface Asked {
  readonly state: Extract<SessionState, "STARTING" | "RUNNING" | "STOPPING">;
  /** How long the row has been in this state. */
  readonly ageMs: number;
  /** How long until the next attempt is due after failed ones; 0 or less: now. */
  readonly backoffMs: number;
  readonly startMsMax: number;
}

export type Step =
  | { readonly do: "wait" }
  /** Workspace, key folder, network, container, until sshd answers; then RUNNING. Idempotent. */
  | { readonly do: "start" }
  /** Nothing to start, only sshd's banner to wait for. */
  | { readonly do: "await-banner" }
  | {
      readonly do: "give-up";
      readonly reason: EndReason;
      readonly message: string;
      readonly diedAtMs: number | null;
    }
  | { readonly do: "stop" }
  /** The container is gone: snapshot, clean up, terminal state. */
  | { readonly do: "finish" };

export function nextStep(asked: Asked, seen: ContainerSeen): Step {
  if (seen.is === "unknown") return { do: "wait" };
  switch (asked.state) {
    case "STARTING":
      if (seen.is === "exited") return died(seen);
      if (asked.ageMs > asked.startMsMax) {
        const seconds = Math.round(asked.startMsMax / 1000);
        return giveUp(
          "start_timed_out",
          `The session did not come up within ${seconds} s. Start it again; if it happens twice, tell an admin.`,
        );
      }
      if (asked.backoffMs > 0) return { do: "wait" };
      return seen.is === "running" ? { do: "await-banner" } : { do: "start" };
    case "RUNNING":
      if (seen.is === "running") return { do: "wait" };
      if (seen.is === "exited") return died(seen);
      return giveUp(
        "container_vanished",
        "The session's container was removed from outside MedForge. Your workspace is kept; start a new session.",
      );
    case "STOPPING":
      if (asked.backoffMs > 0) return { do: "wait" };
      return seen.is === "missing" ? { do: "finish" } : { do: "stop" };
  }
}

function died(seen: Extract<ContainerSeen, { is: "exited" }>): Step {
  return seen.outOfMemory
    ? {
        do: "give-up",
        reason: "container_out_of_memory",
        message: `The session used more memory than it may and was ended by the kernel (exit code ${seen.exitCode}). Your workspace is kept.`,
        diedAtMs: seen.atMs,
      }
    : {
        do: "give-up",
        reason: "container_died",
        message: `The session's container ended by itself with exit code ${seen.exitCode}. Your workspace is kept; start a new session.`,
        diedAtMs: seen.atMs,
      };
}

function giveUp(reason: EndReason, message: string): Step {
  return { do: "give-up", reason, message, diedAtMs: null };
}

/** Exponential backoff: 0.5 s, 1 s, 2 s … up to 60 s. No jitter: one leader, few sessions. */
export function backoffMs(failedAttempts: number): number {
  return failedAttempts <= 0 ? 0 : Math.min(60_000, 500 * 2 ** Math.min(failedAttempts - 1, 10));
}

export type FoundContainer = { readonly slug: string };

/**
 * What to do with a container that carries our label.
 * No row at all may mean a database restored from an old backup: never kill that work, an admin decides.
 */
export function judgeContainer(
  row: { readonly state: SessionState } | undefined,
): "leave" | "remove" | "orphan" {
  if (row === undefined) return "orphan";
  return row.state === "STOPPED" || row.state === "ERROR" || row.state === "QUEUED" ? "remove" : "leave";
}
