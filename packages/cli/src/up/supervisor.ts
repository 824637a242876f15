import { type Clock, systemClock } from "@medforge/runtime/deadline";

import type { RunningDaemon } from "../host/daemon.ts";

/** Something that has to run as long as MedForge is up. */
export interface Service {
  readonly name: string;
  /** Afterwards it runs and is ready; adopts one that runs already. */
  start(): Promise<RunningDaemon>;
}

export interface Supervisor {
  /** Stops watching, so that what ends from now on stays down. Nothing is stopped by it. */
  release(): void;
}

const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 30_000;
/** Who ran this long has started well: the next failure counts as its first. */
const WELL_MS = 60_000;

/** How long to wait before the next start, after so many failures in a row (the first is 1). */
export function restartDelayMs(failures: number): number {
  return Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** (failures - 1));
}

/** Watches services that run, and starts again whatever ends. */
export function supervise(
  running: readonly { readonly service: Service; readonly daemon: RunningDaemon }[],
  say: (line: string) => void,
  clock: Clock = systemClock,
): Supervisor {
  const released = new AbortController();
  for (const { service, daemon } of running) {
    keepAlive(service, daemon, say, clock, released.signal).catch((error) =>
      say(`${service.name}: ${error}`),
    );
  }
  return { release: () => released.abort() };
}

async function keepAlive(
  service: Service,
  first: RunningDaemon,
  say: (line: string) => void,
  clock: Clock,
  released: AbortSignal,
): Promise<void> {
  let daemon: RunningDaemon | undefined = first;
  let startedAt = clock.now();
  let failures = 0;
  while (!released.aborted) {
    await daemon?.exited();
    if (released.aborted) return;
    failures = daemon !== undefined && clock.now() - startedAt >= WELL_MS ? 1 : failures + 1;
    const delayMs = restartDelayMs(failures);
    say(`${service.name} has ended; starting it again in ${delayMs / 1000} s`);
    await clock.sleep(delayMs, released);
    if (released.aborted) return;
    startedAt = clock.now();
    try {
      daemon = await service.start();
      say(`${service.name} runs again (pid ${daemon.pid})`);
    } catch (error) {
      daemon = undefined;
      say(`${service.name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
