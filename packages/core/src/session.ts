/** The life of a session: its states and the moves between them (contract, "Session life"). */

export const SESSION_STATES = ["QUEUED", "STARTING", "RUNNING", "STOPPING", "STOPPED", "ERROR"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** EXTERNAL sessions have the internet, INTERNAL ones have no way out. */
export const EXPOSURES = ["EXTERNAL", "INTERNAL"] as const;
export type Exposure = (typeof EXPOSURES)[number];

/**
 * STOPPING is the only way from an active state to a terminal one: it waits until the container is gone, so that
 * a GPU is never given away while something may still come up on it.
 */
export const SESSION_MOVES: Readonly<Record<SessionState, readonly SessionState[]>> = {
  QUEUED: ["STARTING", "STOPPED"],
  STARTING: ["RUNNING", "STOPPING"],
  RUNNING: ["STOPPING"],
  STOPPING: ["STOPPED", "ERROR"],
  STOPPED: [],
  ERROR: [],
};

/** Active sessions hold their GPU, their SSH port and their workspace; the others hold nothing. */
export const ACTIVE_STATES = ["STARTING", "RUNNING", "STOPPING"] as const;

export function isActive(state: SessionState): boolean {
  return state === "STARTING" || state === "RUNNING" || state === "STOPPING";
}

export function isTerminal(state: SessionState): boolean {
  return state === "STOPPED" || state === "ERROR";
}

export function mayMove(from: SessionState, to: SessionState): boolean {
  return SESSION_MOVES[from].includes(to);
}

/** Why a session left the path that its owner asked for; `stop_requested` is the only one that ends in STOPPED. */
export const END_REASONS = [
  "stop_requested",
  "cancelled",
  "admin_stop",
  "start_failed",
  "start_timed_out",
  "container_died",
  "container_out_of_memory",
  "container_vanished",
  "snapshot_failed",
] as const;
export type EndReason = (typeof END_REASONS)[number];

/** The terminal state that a STOPPING session is on its way to. */
export function destinationOf(reason: EndReason): "STOPPED" | "ERROR" {
  return reason === "stop_requested" || reason === "cancelled" || reason === "admin_stop"
    ? "STOPPED"
    : "ERROR";
}

/** The name of the snapshot taken when a session ends; `stop-` when it was asked for, `death-` otherwise. */
export function endSnapshotName(reason: EndReason, stoppingAtMs: number): string {
  return `${destinationOf(reason) === "STOPPED" ? "stop" : "death"}-${stoppingAtMs}`;
}
