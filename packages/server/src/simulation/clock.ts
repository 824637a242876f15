import type { Clock } from "@medforge/runtime/deadline";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that only moves when the story says so. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer: Timer = { at: this.#now + ms, fire: done };
      this.#timers.add(timer);
      signal?.addEventListener("abort", done);
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at))
      if (timer.at <= this.#now) timer.fire();
  }

  /** To the next thing that somebody waits for: what a call that hangs leads to. */
  advanceToNextTimer(): void {
    const next = Math.min(...[...this.#timers].map((timer) => timer.at));
    if (Number.isFinite(next)) this.advance(Math.max(0, next - this.#now));
  }
}
