import { MachineError } from "./errors.ts";

/** Time, as everything that waits sees it; a simulation brings its own. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    }),
};

/**
 * The result of `work`, or a `deadline` fault after `ms`. The signal given to `work` aborts then; what it was doing
 * may still come true later, so look before you believe.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const settled = new AbortController();
  const timeout = clock.sleep(ms, settled.signal).then((): never | undefined => {
    if (settled.signal.aborted) return undefined;
    late.abort();
    throw new MachineError(
      "deadline",
      `${what} took longer than ${ms} ms`,
      "Look at the machine's load, then try again.",
    );
  });
  // When `work` wins, nobody awaits the timeout any more: it must not become an unhandled rejection.
  timeout.catch(() => undefined);
  const result = work(late.signal);
  result.catch(() => undefined);
  try {
    return (await Promise.race([result, timeout])) as T;
  } finally {
    settled.abort();
  }
}
