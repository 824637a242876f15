import { expect, test } from "bun:test";

import { compareInventory } from "./inventory.ts";
import type { GpuDevice } from "./port.ts";

const gpu = (uuid: string, name = "NVIDIA L4", memoryMib: number | null = 23034): GpuDevice => ({
  uuid,
  name,
  memoryMib,
  kind: "nvidia",
});

test("each device is in one list, by its UUID, whatever the order", () => {
  const registered = [gpu("GPU-a"), gpu("GPU-b"), gpu("GPU-c"), gpu("GPU-d")];
  const seen = [gpu("GPU-e"), gpu("GPU-d", "NVIDIA L40"), gpu("GPU-c", "NVIDIA L4", 24000), gpu("GPU-a")];
  const found = compareInventory(registered, seen);
  expect(found.present.map((device) => device.uuid)).toEqual(["GPU-a"]);
  expect(found.missing.map((device) => device.uuid)).toEqual(["GPU-b"]);
  expect(found.unregistered.map((device) => device.uuid)).toEqual(["GPU-e"]);
  expect(found.changed.map(({ was, how }) => `${was.uuid}: ${how}`)).toEqual([
    "GPU-c: memory 23034 MiB is now 24000 MiB",
    "GPU-d: name `NVIDIA L4` is now `NVIDIA L40`",
  ]);
});

test("a replaced board is one missing and one new, never a swap", () => {
  const found = compareInventory([gpu("GPU-old")], [gpu("GPU-new")]);
  expect(found.missing.length).toBe(1);
  expect(found.unregistered.length).toBe(1);
  expect(found.present).toEqual([]);
});

test("a size that one side does not say is no change", () => {
  const found = compareInventory([gpu("GPU-a", "NVIDIA L4", null)], [gpu("GPU-a")]);
  expect(found.present.length).toBe(1);
  expect(compareInventory([gpu("GPU-a")], [gpu("GPU-a", "NVIDIA L4", null)]).changed).toEqual([]);
});
