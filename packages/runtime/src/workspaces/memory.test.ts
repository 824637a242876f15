import { expect, test } from "bun:test";

import { faultOf, newRef, workspacesContract } from "./contract.ts";
import { MemoryDisk, memoryWorkspaces } from "./memory.ts";

workspacesContract("memory", async () => {
  const disk = new MemoryDisk();
  return {
    workspaces: memoryWorkspaces(disk, { now: Date.now }),
    write: async (ref, file, text) => disk.write(ref, file, text),
    read: async (ref, file) => disk.read(ref, file),
    use: async (ref) => {
      disk.inUse.add(ref.workspaceId);
      return async () => {
        disk.inUse.delete(ref.workspaceId);
      };
    },
    owner: async (ref) => disk.workspaces.get(ref.workspaceId)?.owner ?? "",
    sharesBlocks: true,
    close: async () => undefined,
  };
});

test("the disk outlives the adapter, as a disk outlives a process that crashed", async () => {
  const disk = new MemoryDisk();
  const ref = newRef();
  await memoryWorkspaces(disk, { now: () => 1 }).ensure(ref, 100);
  disk.write(ref, "file", "here");
  const after = memoryWorkspaces(disk, { now: () => 2 });
  await after.snapshot(ref, "stop-2");
  expect(disk.read(ref, "file")).toBe("here");
  expect(await after.snapshots(ref)).toEqual([{ name: "stop-2", createdAtMs: 2 }]);
});

test("a full quota refuses the write and keeps what was there", async () => {
  const disk = new MemoryDisk();
  const workspaces = memoryWorkspaces(disk, { now: () => 1 });
  const ref = newRef();
  await workspaces.ensure(ref, 10);
  disk.write(ref, "file", "0123456789");
  expect(await faultOf((async () => disk.write(ref, "more", "!"))())).toBe("full");
  expect(await workspaces.usage(ref)).toEqual({ usedBytes: 10, snapshotBytes: 0, quotaBytes: 10 });
});
