import type { Slug } from "@medforge/core/ids";
import type { Session } from "@medforge/db/queries/sessions";
import type { ContainerUsage } from "@medforge/runtime/containers/port";
import type { GpuUsage } from "@medforge/runtime/gpus/port";

import type { Deps } from "../deps.ts";

/** What running sessions use, measured once for everybody who looks; the last hour, and only in memory. */

export const SAMPLE_EVERY_MS = 10_000;
const KEPT = 3_600_000 / SAMPLE_EVERY_MS;
const MIB = 1024 ** 2;

export interface Sample {
  readonly atMs: number;
  /** 100 is one core; over the time since the sample before. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly gpuPercent: number | null;
  readonly gpuMemoryBytes: number | null;
  readonly workspaceBytes: number | null;
}

export interface Samples {
  /** Oldest first; empty for a session that does not run. */
  of(sessionId: string): readonly Sample[];
}

interface Kept {
  readonly samples: Sample[];
  last: { readonly cpuSeconds: number; readonly atMs: number } | undefined;
}

/** Every process of the API measures for those who ask it. */
export function createSamples(deps: Deps) {
  const kept = new Map<string, Kept>();

  async function look(): Promise<void> {
    const running = (await deps.db.sessions.unfinished()).filter(
      ({ session }) => session.state === "RUNNING",
    );
    for (const id of kept.keys()) if (!running.some(({ session }) => session.id === id)) kept.delete(id);
    if (running.length === 0) return;
    // A driver that does not answer is doctor's to tell; the rest is measured all the same.
    const gpus = await deps.gpus.usage().catch(() => new Map<string, GpuUsage>());
    for (const { session, gpu } of running) {
      const [usage, workspace] = await Promise.all([
        deps.containers.usage(session.slug as Slug).catch(() => undefined),
        deps.workspaces.usage(session).catch(() => undefined),
      ]);
      keep(session, usage, gpu === null ? undefined : gpus.get(gpu.uuid), workspace?.usedBytes);
    }
  }

  function keep(
    session: Session,
    usage: ContainerUsage | undefined,
    gpu: GpuUsage | undefined,
    workspaceBytes: number | undefined,
  ): void {
    const own = kept.get(session.id) ?? { samples: [], last: undefined };
    kept.set(session.id, own);
    const atMs = deps.clock.now();
    const { last } = own;
    const cpuPercent =
      usage === undefined || last === undefined || atMs <= last.atMs
        ? null
        : // A container that was replaced begins again at nothing.
          (100 * Math.max(0, usage.cpuSeconds - last.cpuSeconds)) / ((atMs - last.atMs) / 1000);
    own.last = usage && { cpuSeconds: usage.cpuSeconds, atMs };
    own.samples.push({
      atMs,
      cpuPercent,
      memoryBytes: usage?.memoryBytes ?? null,
      gpuPercent: gpu?.percent ?? null,
      gpuMemoryBytes: memoryOf(gpu),
      workspaceBytes: workspaceBytes ?? null,
    });
    if (own.samples.length > KEPT) own.samples.shift();
  }

  return {
    of: (sessionId: string) => kept.get(sessionId)?.samples ?? [],
    look,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await look().catch((error: unknown) => deps.log.error("samples.failed", { loop: "samples" }, error));
        await deps.clock.sleep(SAMPLE_EVERY_MS, signal);
      }
    },
  };
}

function memoryOf(gpu: GpuUsage | undefined): number | null {
  const mib = gpu?.memoryMib ?? null;
  return mib === null ? null : mib * MIB;
}
