import { describe, expect, test } from "bun:test";

import { chanceFrom } from "../../simulation/chance.ts";
import { expectedWaits, HISTORY_MIN, PLACES_MAX, type QueueFacts } from "./expected-wait.ts";

const MINUTE = 60_000;
const waits = (facts: QueueFacts, places: number) => {
  const chance = chanceFrom(5);
  return expectedWaits(facts, places, () => chance.next());
};
/** Every session has lasted an hour: what comes is certain, and worked out by hand. */
const HOURS = Array<number>(HISTORY_MIN).fill(60 * MINUTE);
const certain = (...minutes: number[]) =>
  minutes.map((at) => ({ medianMs: at * MINUTE, ninthDecileMs: at * MINUTE }));

describe("the expected wait", () => {
  test("where all sessions last an hour, is what is left of theirs, and then of those who start before", () => {
    expect(waits({ heldMs: [20 * MINUTE], historyMs: HOURS }, 3)).toEqual(certain(40, 100, 160));
    expect(waits({ heldMs: [10 * MINUTE, 50 * MINUTE], historyMs: HOURS }, 4)).toEqual(
      certain(10, 50, 70, 110),
    );
  });

  test("is none for a GPU that is free or being given back", () => {
    expect(waits({ heldMs: [30 * MINUTE, null], historyMs: HOURS }, 2)).toEqual(certain(0, 30));
  });

  test("goes by those that lasted longer than the one that runs, not by all of them", () => {
    // 1, 2 … 100 minutes: half of those above 80 are above 90.
    const historyMs = Array.from({ length: 100 }, (_, at) => (at + 1) * MINUTE);
    const [fresh] = waits({ heldMs: [0], historyMs }, 1);
    const [old] = waits({ heldMs: [80 * MINUTE], historyMs }, 1);
    const minutes = (ms: number | null | undefined) => (ms ?? 0) / MINUTE;
    expect(minutes(fresh?.medianMs)).toBeWithin(43, 58);
    expect(minutes(fresh?.ninthDecileMs)).toBeWithin(85, 96);
    expect(minutes(old?.medianMs)).toBeWithin(8, 13);
    expect(minutes(old?.ninthDecileMs)).toBeWithin(16, 21);
  });

  test("with more GPUs is shorter: the first of many comes back sooner than one", () => {
    const historyMs = Array.from({ length: 100 }, (_, at) => (at + 1) * MINUTE);
    const one = waits({ heldMs: [0], historyMs }, 1)[0]?.medianMs ?? 0;
    const eight = waits({ heldMs: Array(8).fill(0), historyMs }, 1)[0]?.medianMs ?? 0;
    // The median of the smallest of eight: 1 − 0.5^(1/8) = 8.3 %.
    expect(eight / MINUTE).toBeWithin(6, 12);
    expect(eight).toBeLessThan(one / 3);
  });

  test("is not known with little history, without a GPU, or where one has been held for longer than any before", () => {
    expect(waits({ heldMs: [0], historyMs: HOURS.slice(1) }, 2)).toEqual([null, null]);
    expect(waits({ heldMs: [], historyMs: HOURS }, 1)).toEqual([null]);
    expect(waits({ heldMs: [60 * MINUTE], historyMs: HOURS }, 1)).toEqual([null]);
    // The other one will be given back, again and again.
    expect(waits({ heldMs: [60 * MINUTE, 30 * MINUTE], historyMs: HOURS }, 2)).toEqual(certain(30, 90));
  });

  test("is the same for the same facts, and is not computed without end for a long queue", () => {
    const facts = { heldMs: [5, 10], historyMs: Array.from({ length: 50 }, (_, at) => at * at * 1_000) };
    expect(waits(facts, 5)).toEqual(waits(facts, 5));
    const long = waits({ heldMs: [0], historyMs: HOURS }, PLACES_MAX + 2);
    expect(long).toHaveLength(PLACES_MAX + 2);
    expect(long.slice(-3)).toEqual([...certain(60 * PLACES_MAX), null, null]);
  });
});
