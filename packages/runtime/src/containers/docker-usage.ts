import type { ContainerUsage } from "./port.ts";

/** The parts of Docker's answers to `stats` and `logs` that we read. Pure. */

export interface DockerStats {
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly memory_stats: {
    readonly usage?: number;
    readonly stats?: Readonly<Record<string, number | undefined>>;
  };
  readonly pids_stats?: { readonly current?: number };
}

const NANOSECONDS = 1e9;

/** @returns undefined for a container that does not run: Docker answers with zeros and without memory */
export function usageOf({ cpu_stats, memory_stats, pids_stats }: DockerStats): ContainerUsage | undefined {
  if (memory_stats.usage === undefined) return undefined;
  // cgroup v1 has a total for the whole tree; v2 has only one name.
  const cached = memory_stats.stats?.total_inactive_file ?? memory_stats.stats?.inactive_file ?? 0;
  return {
    cpuSeconds: cpu_stats.cpu_usage.total_usage / NANOSECONDS,
    memoryBytes: Math.max(0, memory_stats.usage - cached),
    pids: pids_stats?.current ?? 0,
  };
}

const FRAME_HEAD = 8;

/**
 * A container without a terminal answers in frames: one byte for the stream, three of nothing, four for the length,
 * most significant first (Docker's API, "Attach to a container"). A frame that is cut off ends the reading.
 */
export function textOfFrames(bytes: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + FRAME_HEAD <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    parts.push(bytes.subarray(at + FRAME_HEAD, at + FRAME_HEAD + length));
    at += FRAME_HEAD + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
