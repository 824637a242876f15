import type { Deps } from "../deps.ts";

/**
 * What a burst of requests took goes back to the host, whose memory is for the sessions. The runtime by itself keeps
 * garbage and compiled code for later: after 1,000 sessions 80 MB more than it needs.
 */

const LOOK_EVERY_MS = 10_000;
/** Less than this is not worth compiling again what is thrown away; an idle process has about 110 MB. */
const ENOUGH_BYTES = 125_000_000;

/** Runs until `signal` aborts. Never throws. */
export async function giveMemoryBack({ clock }: Pick<Deps, "clock">, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    // Collects, and forgets compiled code, in pieces between other work: nobody waits for it.
    if (!signal.aborted && process.memoryUsage.rss() > ENOUGH_BYTES) Bun.shrink();
  }
}
