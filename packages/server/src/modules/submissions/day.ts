/** Days of the daily cap: UTC, whatever the clocks of people and servers say. */

const DAY_MS = 86_400_000;

/** `2026-11-22` */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** When the next day begins. */
export function nextUtcDay(ms: number): number {
  return (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
}
