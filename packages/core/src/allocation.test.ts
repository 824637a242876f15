import { expect, test } from "bun:test";

import {
  chooseGpu,
  chooseSshPort,
  type GpuCandidate,
  lowestFreePorts,
  noGpu,
  queueOrder,
} from "./allocation.ts";

const gpu = (id: string, more: Partial<GpuCandidate> = {}): GpuCandidate => ({
  id,
  enabled: true,
  present: true,
  busy: false,
  lastUsedAtMs: null,
  ...more,
});

test("the least recently used free GPU is chosen, one that was never used first", () => {
  expect(chooseGpu([gpu("a", { lastUsedAtMs: 1 }), gpu("c"), gpu("b")])?.id).toBe("b");
  expect(chooseGpu([gpu("a", { lastUsedAtMs: 9 }), gpu("b", { lastUsedAtMs: 3 })])?.id).toBe("b");
});

test("a GPU that is busy, disabled or missing is never chosen", () => {
  expect(
    chooseGpu([gpu("a", { busy: true }), gpu("b", { enabled: false }), gpu("c", { present: false })]),
  ).toBeUndefined();
});

test("a refusal says why and what to do", () => {
  const details = [
    noGpu([], 0),
    noGpu([gpu("a", { enabled: false })], 0),
    noGpu([gpu("a", { busy: true })], 0),
    noGpu([gpu("a", { busy: true })], 1),
    noGpu([gpu("a", { busy: true })], 2),
  ].map((error) => [error.code, error.message]);
  expect(details).toEqual([
    ["no_gpu_available", "No GPU is registered. Ask an admin; `./medforge gpu list` shows them."],
    ["no_gpu_available", "Every GPU is disabled or missing. Ask an admin; `./medforge gpu list` shows them."],
    ["no_gpu_available", "Every GPU is in use. Nobody is waiting; ask with `queue: true` to join."],
    ["no_gpu_available", "Every GPU is in use. 1 session is waiting; ask with `queue: true` to join."],
    ["no_gpu_available", "Every GPU is in use. 2 sessions are waiting; ask with `queue: true` to join."],
  ]);
});

test("a workspace keeps its port while it is free and in range", () => {
  const range = { first: 10, last: 12 };
  expect(chooseSshPort(new Set(), 12, range)).toBe(12);
  expect(chooseSshPort(new Set([12]), 12, range)).toBe(10);
  expect(chooseSshPort(new Set(), 13, range)).toBe(10);
  expect(chooseSshPort(new Set([10, 11]), null, range)).toBe(12);
  expect(chooseSshPort(new Set([10, 11, 12]), 11, range)).toBeUndefined();
  expect(lowestFreePorts(new Set([11]), 2, range)).toEqual([10, 12]);
  expect(lowestFreePorts(new Set([11]), 3, range)).toEqual([10, 12]);
  expect(lowestFreePorts(new Set(), 0, range)).toEqual([]);
});

test("who used least in the last week comes first, then who came first, then the smaller id", () => {
  // Ids, times and use disagree on purpose.
  const order = queueOrder([
    { sessionId: "a", userId: "u1", queuedAtMs: 1, gpuSeconds: 50 },
    { sessionId: "d", userId: "u2", queuedAtMs: 7, gpuSeconds: 0 },
    { sessionId: "c", userId: "u3", queuedAtMs: 5, gpuSeconds: 0 },
    { sessionId: "b", userId: "u4", queuedAtMs: 7, gpuSeconds: 0 },
  ]);
  expect(order.map((w) => w.sessionId)).toEqual(["c", "b", "d", "a"]);
});
