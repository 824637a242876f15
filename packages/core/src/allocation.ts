import { MedforgeError } from "./errors.ts";

/** Who gets which GPU and SSH port, or why not, and in which order those who wait are served. */

export interface GpuCandidate {
  readonly id: string;
  readonly enabled: boolean;
  /** False when the machine no longer shows this device. */
  readonly present: boolean;
  /** Held by an active session, or by a container of ours that has no row. */
  readonly busy: boolean;
  readonly lastUsedAtMs: number | null;
}

/** The least recently used free GPU; never-used ones first, then by id so that the choice is the same everywhere. */
export function chooseGpu(gpus: readonly GpuCandidate[]): GpuCandidate | undefined {
  return gpus
    .filter((gpu) => gpu.enabled && gpu.present && !gpu.busy)
    .sort((a, b) => (a.lastUsedAtMs ?? -1) - (b.lastUsedAtMs ?? -1) || (a.id < b.id ? -1 : 1))[0];
}

/** The refusal, with the reason and the way out. */
export function noGpu(gpus: readonly GpuCandidate[], waiting: number): MedforgeError {
  const usable = gpus.filter((gpu) => gpu.enabled && gpu.present).length;
  if (usable === 0) {
    const why = gpus.length === 0 ? "No GPU is registered" : "Every GPU is disabled or missing";
    return new MedforgeError("no_gpu_available", `${why}. Ask an admin; \`./medforge gpu list\` shows them.`);
  }
  const people =
    waiting === 0
      ? "Nobody is waiting"
      : waiting === 1
        ? "1 session is waiting"
        : `${waiting} sessions are waiting`;
  return new MedforgeError(
    "no_gpu_available",
    `Every GPU is in use. ${people}; ask with \`queue: true\` to join.`,
  );
}

export const SSH_PORT_FIRST = 10_000;
export const SSH_PORT_LAST = 10_999;

/** The port this workspace had last if it is free, so that `~/.ssh/config` stays true; else the lowest free one. */
export function chooseSshPort(
  taken: ReadonlySet<number>,
  last: number | null,
  range: { readonly first: number; readonly last: number } = { first: SSH_PORT_FIRST, last: SSH_PORT_LAST },
): number | undefined {
  if (last !== null && last >= range.first && last <= range.last && !taken.has(last)) return last;
  return lowestFreePorts(taken, 1, range)[0];
}

/** The ports that the next `count` new workspaces would be given. */
export function lowestFreePorts(
  taken: ReadonlySet<number>,
  count: number,
  range: { readonly first: number; readonly last: number },
): number[] {
  const free: number[] = [];
  for (let port = range.first; port <= range.last && free.length < count; port++)
    if (!taken.has(port)) free.push(port);
  return free;
}

export interface Waiting {
  readonly sessionId: string;
  readonly userId: string;
  readonly queuedAtMs: number;
  /** What the user's sessions have used in the last 7 days. */
  readonly gpuSeconds: number;
}

/** Fair order: fewest GPU seconds in the last 7 days first, then first come, then the smaller id. */
export function queueOrder(waiting: readonly Waiting[]): Waiting[] {
  return [...waiting].sort(
    (a, b) =>
      a.gpuSeconds - b.gpuSeconds || a.queuedAtMs - b.queuedAtMs || (a.sessionId < b.sessionId ? -1 : 1),
  );
}
