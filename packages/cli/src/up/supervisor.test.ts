import { expect, test } from "bun:test";

import type { Clock } from "@medforge/runtime/deadline";

import type { RunningDaemon } from "../host/daemon.ts";
import { restartDelayMs, supervise } from "./supervisor.ts";

test("each failure in a row doubles the wait, up to half a minute", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 50].map(restartDelayMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test("what ends is started again, later each time, and at once again after it has run well", async () => {
  const clock = slowClock();
  const said: string[] = [];
  // Lives of the daemons in turn; undefined: its start fails.
  const lives = [10, undefined, 70_000, 10];
  let starts = 0;
  const live = (ms: number): RunningDaemon => ({
    name: "api",
    pid: starts,
    adopted: false,
    exited: () => clock.sleep(ms),
    stop: async () => undefined,
  });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const start = async () => {
    const ms = lives[starts++];
    if (starts === lives.length) resolve();
    if (ms === undefined) throw new Error("the port is taken");
    return live(ms);
  };
  const supervisor = supervise(
    [{ service: { name: "api", start }, daemon: live(5) }],
    (line) => said.push(line),
    clock,
  );
  await done;
  supervisor.release();
  // The last start's own line comes after the release.
  expect(said.slice(0, 7)).toEqual([
    "api has ended; starting it again in 0.5 s",
    "api runs again (pid 1)",
    "api has ended; starting it again in 1 s",
    "api could not be started: the port is taken",
    "api has ended; starting it again in 2 s",
    "api runs again (pid 3)",
    "api has ended; starting it again in 0.5 s",
  ]);
});

test("once released, what ends stays down", async () => {
  const clock = slowClock();
  let starts = 0;
  const daemon = {
    name: "api",
    pid: 1,
    adopted: false,
    exited: () => clock.sleep(10),
    stop: async () => undefined,
  };
  const start = async () => {
    starts++;
    return daemon;
  };
  supervise([{ service: { name: "api", start }, daemon }], () => undefined, clock).release();
  await Bun.sleep(20);
  expect(starts).toBe(0);
});

/** Time that passes as fast as one waits. */
function slowClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      await Promise.resolve();
      now += ms;
    },
  };
}
