import { expect } from "bun:test";

/**
 * `*-properties.test.ts` hold every metric of tables against its definition written down as plainly as possible, and
 * against its symmetries.
 */
export const runs = { numRuns: 300, seed: 31 };

/** NaN or equal but for rounding. */
export function near(got: number, expected: number): void {
  if (Number.isNaN(expected)) expect(got).toBeNaN();
  else expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
export const count = <Item>(items: readonly Item[], is: (item: Item) => boolean) => items.filter(is).length;
