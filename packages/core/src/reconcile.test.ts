import { expect, test } from "bun:test";

import { type Asked, backoffMs, type ContainerSeen, judgeContainer, nextStep } from "./reconcile.ts";

const seen: Record<string, ContainerSeen> = {
  unknown: { is: "unknown" },
  missing: { is: "missing" },
  created: { is: "created" },
  running: { is: "running" },
  exited: { is: "exited", exitCode: 3, outOfMemory: false, atMs: 5 },
};
const asked = (state: Asked["state"], more: Partial<Asked> = {}): Asked => ({
  state,
  ageMs: 10,
  backoffMs: 0,
  startMsMax: 1000,
  ...more,
});

test("what was asked for and what is seen decide the step", () => {
  const table: [Asked["state"], string, string][] = [
    ["STARTING", "unknown", "wait"],
    ["STARTING", "missing", "start"],
    ["STARTING", "created", "start"],
    ["STARTING", "running", "await-banner"],
    ["STARTING", "exited", "give-up"],
    ["RUNNING", "unknown", "wait"],
    ["RUNNING", "missing", "give-up"],
    ["RUNNING", "created", "give-up"],
    ["RUNNING", "running", "wait"],
    ["RUNNING", "exited", "give-up"],
    ["STOPPING", "unknown", "wait"],
    ["STOPPING", "missing", "finish"],
    ["STOPPING", "created", "stop"],
    ["STOPPING", "running", "stop"],
    ["STOPPING", "exited", "stop"],
  ];
  const steps = table.map(([state, is]) => [
    state,
    is,
    nextStep(asked(state), seen[is] ?? { is: "unknown" }).do,
  ]);
  expect(steps as typeof table).toEqual(table);
});

test("missing information never leads to an act, however long it lasts", () => {
  for (const state of ["STARTING", "RUNNING", "STOPPING"] as const) {
    expect(nextStep(asked(state, { ageMs: 1e9 }), { is: "unknown" })).toEqual({ do: "wait" });
  }
});

test("a start is given up after its deadline, not at it, also while it backs off", () => {
  expect(nextStep(asked("STARTING", { ageMs: 1000 }), { is: "missing" }).do).toBe("start");
  const late = nextStep(asked("STARTING", { ageMs: 1001, backoffMs: 500 }), { is: "missing" });
  expect(late).toMatchObject({ do: "give-up", reason: "start_timed_out" });
});

test("a failed attempt waits for its time before the next", () => {
  expect(nextStep(asked("STARTING", { backoffMs: 1 }), { is: "missing" }).do).toBe("wait");
  expect(nextStep(asked("STOPPING", { backoffMs: 1 }), { is: "missing" }).do).toBe("wait");
  expect(nextStep(asked("STOPPING", { backoffMs: 0 }), { is: "missing" }).do).toBe("finish");
});

test("a death names its exit code, its moment, and memory where that was the cause", () => {
  expect(
    nextStep(asked("RUNNING"), { is: "exited", exitCode: 3, outOfMemory: false, atMs: 5 }),
  ).toMatchObject({
    reason: "container_died",
    diedAtMs: 5,
    message: expect.stringContaining("exit code 3"),
  });
  expect(
    nextStep(asked("RUNNING"), { is: "exited", exitCode: 137, outOfMemory: true, atMs: 6 }),
  ).toMatchObject({
    reason: "container_out_of_memory",
    diedAtMs: 6,
  });
});

test("backoff doubles from half a second to a minute", () => {
  expect([0, 1, 2, 3, 8, 9, 1000].map(backoffMs)).toEqual([0, 500, 1000, 2000, 60_000, 60_000, 60_000]);
});

test("a container of ours without a row is an orphan, one of an ended session is removed, the rest is left", () => {
  expect(judgeContainer(undefined)).toBe("orphan");
  const verdicts = (["QUEUED", "STARTING", "RUNNING", "STOPPING", "STOPPED", "ERROR"] as const).map((state) =>
    judgeContainer({ state }),
  );
  expect(verdicts).toEqual(["remove", "leave", "leave", "leave", "remove", "remove"]);
});
