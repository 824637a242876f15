import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { MachineError, type MachineFault } from "../errors.ts";
import type { WorkspaceRef, Workspaces } from "./port.ts";

/** The adapter, and what the suite needs to see from outside of it. */
export interface WorkspacesUnderTest {
  readonly workspaces: Workspaces;
  /** As a program in a session writes. */
  write(ref: WorkspaceRef, file: string, text: string): Promise<void>;
  /** Undefined when there is no such file. */
  read(ref: WorkspaceRef, file: string): Promise<string | undefined>;
  /** Afterwards the workspace is in use, as by a running session, until the returned function is called. */
  use(ref: WorkspaceRef): Promise<() => Promise<void>>;
  /** `uid:gid` of the workspace's folder. */
  owner(ref: WorkspaceRef): Promise<string>;
  /** Clones and restored states need their snapshot (copy on write); false where they are copies. */
  readonly sharesBlocks: boolean;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
const QUOTA = 64 * MIB;

export function newRef(userId: string = crypto.randomUUID()): WorkspaceRef {
  return { userId, workspaceId: crypto.randomUUID() };
}

export async function faultOf(work: Promise<unknown>): Promise<MachineFault | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof MachineError && error.remedy !== "") return error.fault;
    throw error;
  }
}

export function workspacesContract(name: string, make: () => Promise<WorkspacesUnderTest>): void {
  describe(`workspaces contract: ${name}`, () => {
    let at: WorkspacesUnderTest;
    beforeAll(async () => {
      at = await make();
    });
    afterAll(() => at.close());

    /** A workspace whose `file` said "first" in snapshot `s-1`, "second" in `s-2`, and says "third" now. */
    const withHistory = async (): Promise<WorkspaceRef> => {
      const ref = newRef();
      await at.workspaces.ensure(ref, QUOTA);
      await at.write(ref, "file", "first");
      await at.workspaces.snapshot(ref, "s-1");
      await at.write(ref, "file", "second");
      await at.workspaces.snapshot(ref, "s-2");
      await at.write(ref, "file", "third");
      return ref;
    };
    const names = async (ref: WorkspaceRef) => (await at.workspaces.snapshots(ref)).map((s) => s.name);

    test("the store says what it is, how big, and that it is healthy", async () => {
      const store = await at.workspaces.check();
      expect(store).toMatchObject({ healthy: true, problem: "" });
      expect(store.version).not.toBe("");
      expect(store.totalBytes).toBeGreaterThan(0);
      expect(store.freeBytes).toBeLessThanOrEqual(store.totalBytes);
    });

    test("ensuring twice gives the same folder, keeps the files and leaves owner and quota as asked", async () => {
      const ref = newRef();
      const path = await at.workspaces.ensure(ref, QUOTA);
      await at.write(ref, "notes.txt", "kept");
      expect(await at.workspaces.ensure(ref, 2 * QUOTA)).toBe(path);
      expect(await at.read(ref, "notes.txt")).toBe("kept");
      expect(await at.owner(ref)).toBe("1000:1000");
      expect((await at.workspaces.usage(ref)).quotaBytes).toBe(2 * QUOTA);
    });

    test("ten that are ensured at once, half of them twice, all exist", async () => {
      const userId = crypto.randomUUID();
      const refs = Array.from({ length: 5 }, () => newRef(userId));
      await Promise.all([...refs, ...refs].map((ref) => at.workspaces.ensure(ref, QUOTA)));
      for (const ref of refs) expect(await at.owner(ref)).toBe("1000:1000");
    });

    test("usage grows with the files, and snapshots keep what was deleted from them", async () => {
      const ref = newRef();
      await at.workspaces.ensure(ref, QUOTA);
      const empty = await at.workspaces.usage(ref);
      // Random bytes: a store that compresses must not make them small.
      const megabyte = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)))
        .toString("hex")
        .repeat(8);
      await at.write(ref, "big", megabyte);
      // ZFS counts when it writes to the disk, which a snapshot makes it do.
      await at.workspaces.snapshot(ref, "with-big");
      const grown = await at.workspaces.usage(ref);
      expect(grown.usedBytes - empty.usedBytes).toBeGreaterThan(100_000);
      await at.write(ref, "big", "");
      await at.workspaces.snapshot(ref, "without");
      const kept = await at.workspaces.usage(ref);
      expect(kept.snapshotBytes).toBeGreaterThan(100_000);
      expect(kept.usedBytes).toBeLessThan(grown.usedBytes - 100_000);
    });

    test("a snapshot that is there already is kept as it is", async () => {
      const ref = await withHistory();
      await at.workspaces.snapshot(ref, "s-1");
      expect(await names(ref)).toEqual(["s-1", "s-2"]);
      await at.workspaces.restore(ref, "s-1", "safety");
      expect(await at.read(ref, "file")).toBe("first");
    });

    test("snapshots are listed oldest first, whatever their names", async () => {
      const ref = newRef();
      await at.workspaces.ensure(ref, QUOTA);
      const before = Date.now();
      for (const name of ["z", "m-2", "a", "m-1"]) await at.workspaces.snapshot(ref, name);
      const listed = await at.workspaces.snapshots(ref);
      expect(listed.map((s) => s.name)).toEqual(["z", "m-2", "a", "m-1"]);
      const times = listed.map((s) => s.createdAtMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // ZFS counts in whole seconds.
      expect(times[0]).toBeGreaterThanOrEqual(before - 1000);
      expect(times.at(-1)).toBeLessThanOrEqual(Date.now() + 1000);
    });

    test("deleting a snapshot twice removes that one and no other", async () => {
      const ref = await withHistory();
      await at.workspaces.deleteSnapshot(ref, "s-1");
      await at.workspaces.deleteSnapshot(ref, "s-1");
      expect(await names(ref)).toEqual(["s-2"]);
      expect(await at.read(ref, "file")).toBe("third");
    });

    test("restoring an older snapshot than the newest loses nothing, and every state can be had again", async () => {
      const ref = await withHistory();
      const path = await at.workspaces.ensure(ref, QUOTA);
      await at.workspaces.restore(ref, "s-1", "safety-1");
      expect(await at.read(ref, "file")).toBe("first");
      expect(await names(ref)).toEqual(["s-1", "s-2", "safety-1"]);

      await at.write(ref, "file", "fourth");
      await at.workspaces.snapshot(ref, "s-4");
      await at.workspaces.restore(ref, "s-2", "safety-2");
      expect(await at.read(ref, "file")).toBe("second");
      expect(await names(ref)).toEqual(["s-1", "s-2", "safety-1", "s-4", "safety-2"]);

      for (const [name, safety, text] of [
        ["safety-1", "safety-3", "third"],
        ["s-4", "safety-4", "fourth"],
        ["s-1", "safety-5", "first"],
      ] as const) {
        await at.workspaces.restore(ref, name, safety);
        expect(await at.read(ref, "file")).toBe(text);
      }
      expect(await names(ref)).toHaveLength(8);
      expect(await at.workspaces.ensure(ref, QUOTA)).toBe(path);
      expect(await at.owner(ref)).toBe("1000:1000");
      expect((await at.workspaces.usage(ref)).quotaBytes).toBe(QUOTA);
    });

    test("a snapshot's name stays taken after a restore", async () => {
      const ref = await withHistory();
      await at.workspaces.restore(ref, "s-1", "safety");
      await at.workspaces.snapshot(ref, "s-2");
      expect(await names(ref)).toEqual(["s-1", "s-2", "safety"]);
      await at.workspaces.restore(ref, "s-2", "safety-2");
      expect(await at.read(ref, "file")).toBe("second");
    });

    test("the same restore asked for twice is done once; another with its safety name is refused", async () => {
      const ref = await withHistory();
      await at.workspaces.restore(ref, "s-1", "safety");
      await at.write(ref, "file", "written since");
      await at.workspaces.restore(ref, "s-1", "safety");
      expect(await at.read(ref, "file")).toBe("written since");
      expect(await faultOf(at.workspaces.restore(ref, "s-2", "safety"))).toBe("refused");
      expect(await at.read(ref, "file")).toBe("written since");
      expect(await names(ref)).toEqual(["s-1", "s-2", "safety"]);
    });

    test("a restore is refused while the files are in use and works afterwards", async () => {
      const ref = await withHistory();
      const release = await at.use(ref);
      try {
        expect(await faultOf(at.workspaces.restore(ref, "s-1", "safety"))).toBe("in-use");
        expect(await at.read(ref, "file")).toBe("third");
        expect(await names(ref)).toEqual(["s-1", "s-2"]);
      } finally {
        await release();
      }
      await at.workspaces.restore(ref, "s-1", "safety");
      expect(await at.read(ref, "file")).toBe("first");
    });

    test("a clone has a life of its own, and can be made from a state before a restore", async () => {
      const ref = await withHistory();
      await at.workspaces.restore(ref, "s-1", "safety");
      const copy = newRef(ref.userId);
      await at.workspaces.clone(ref, "s-2", copy, 2 * QUOTA);
      await at.workspaces.clone(ref, "s-2", copy, 2 * QUOTA);
      expect(await at.read(copy, "file")).toBe("second");
      expect(await at.owner(copy)).toBe("1000:1000");
      expect((await at.workspaces.usage(copy)).quotaBytes).toBe(2 * QUOTA);
      expect(await names(copy)).toEqual([]);

      await at.write(copy, "file", "only in the clone");
      expect(await at.read(ref, "file")).toBe("first");
      await at.write(ref, "file", "only in the source");
      expect(await at.read(copy, "file")).toBe("only in the clone");
      await at.workspaces.snapshot(copy, "s-2");
      await at.write(copy, "file", "later");
      await at.workspaces.restore(copy, "s-2", "safety");
      expect(await at.read(copy, "file")).toBe("only in the clone");
      expect(await at.read(ref, "file")).toBe("only in the source");
      expect(await faultOf(at.workspaces.clone(ref, "s-1", copy, QUOTA))).toBe("refused");
      expect(await at.read(copy, "file")).toBe("only in the clone");
    });

    test("a source goes after its clone, or before it where the clone is a copy", async () => {
      const ref = await withHistory();
      const copy = newRef();
      await at.workspaces.clone(ref, "s-1", copy, QUOTA);
      await at.workspaces.restore(ref, "s-2", "safety");
      const needed = at.sharesBlocks ? "in-use" : undefined;
      expect(await faultOf(at.workspaces.deleteSnapshot(ref, "s-1"))).toBe(needed);
      expect(await faultOf(at.workspaces.destroy(ref))).toBe(needed);
      expect(await at.read(copy, "file")).toBe("first");
      if (at.sharesBlocks) {
        expect(await at.read(ref, "file")).toBe("second");
        expect(await names(ref)).toEqual(["s-1", "s-2", "safety"]);
      }
      await at.workspaces.destroy(copy);
      await at.workspaces.destroy(ref);
      expect(await faultOf(at.workspaces.usage(ref))).toBe("missing");
    });

    test("the snapshot that the current files are made from is kept, all others may go", async () => {
      const ref = await withHistory();
      await at.workspaces.restore(ref, "s-1", "safety");
      const needed = at.sharesBlocks ? "in-use" : undefined;
      expect(await faultOf(at.workspaces.deleteSnapshot(ref, "s-1"))).toBe(needed);
      await at.workspaces.deleteSnapshot(ref, "safety");
      await at.workspaces.deleteSnapshot(ref, "s-2");
      expect(await names(ref)).toEqual(at.sharesBlocks ? ["s-1"] : []);
      expect(await at.read(ref, "file")).toBe("first");
    });

    test("a destroy is refused while the files are in use, loses nothing then, and twice is fine", async () => {
      const ref = await withHistory();
      await at.workspaces.restore(ref, "s-1", "safety");
      const release = await at.use(ref);
      try {
        expect(await faultOf(at.workspaces.destroy(ref))).toBe("in-use");
        expect(await at.read(ref, "file")).toBe("first");
        expect(await names(ref)).toEqual(["s-1", "s-2", "safety"]);
      } finally {
        await release();
      }
      await at.workspaces.destroy(ref);
      await at.workspaces.destroy(ref);
      expect(await faultOf(at.workspaces.usage(ref))).toBe("missing");
      expect(await faultOf(at.workspaces.snapshots(ref))).toBe("missing");
      await at.workspaces.ensure(ref, QUOTA);
      expect(await at.read(ref, "file")).toBeUndefined();
      expect(await names(ref)).toEqual([]);
    });

    test("what does not exist is missing", async () => {
      const ref = await withHistory();
      const nobody = newRef();
      for (const work of [
        () => at.workspaces.usage(nobody),
        () => at.workspaces.snapshots(nobody),
        () => at.workspaces.snapshot(nobody, "s-1"),
        () => at.workspaces.restore(nobody, "s-1", "safety"),
        () => at.workspaces.restore(ref, "unknown", "safety"),
        () => at.workspaces.clone(nobody, "s-1", newRef(), QUOTA),
        () => at.workspaces.clone(ref, "unknown", newRef(), QUOTA),
      ]) {
        expect(await faultOf(work())).toBe("missing");
      }
      expect(await names(ref)).toEqual(["s-1", "s-2"]);
    });

    test("strange names and sizes are refused before they reach a path or a command line", async () => {
      const ref = await withHistory();
      const strangeIds = [
        "",
        "..",
        "../../etc",
        "-rf",
        "a b",
        `${ref.workspaceId}@s-1`,
        `${ref.workspaceId}\n`,
      ];
      for (const id of [...strangeIds, ref.workspaceId.toUpperCase().replace(/^./, "A")]) {
        for (const strange of [
          { userId: id, workspaceId: ref.workspaceId },
          { userId: ref.userId, workspaceId: id },
        ]) {
          expect(await faultOf(at.workspaces.ensure(strange, QUOTA))).toBe("refused");
          expect(await faultOf(at.workspaces.usage(strange))).toBe("refused");
          expect(await faultOf(at.workspaces.destroy(strange))).toBe("refused");
          expect(await faultOf(at.workspaces.clone(ref, "s-1", strange, QUOTA))).toBe("refused");
        }
      }
      for (const name of ["", ".", "..", "-r", "a/b", "a@b", "A", "a b", "s-1\n", "é", "a".repeat(64)]) {
        expect(await faultOf(at.workspaces.snapshot(ref, name))).toBe("refused");
        expect(await faultOf(at.workspaces.deleteSnapshot(ref, name))).toBe("refused");
        expect(await faultOf(at.workspaces.restore(ref, name, "safety"))).toBe("refused");
        expect(await faultOf(at.workspaces.restore(ref, "s-1", name))).toBe("refused");
        expect(await faultOf(at.workspaces.clone(ref, name, newRef(), QUOTA))).toBe("refused");
      }
      for (const quota of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(await faultOf(at.workspaces.ensure(ref, quota))).toBe("refused");
      }
      expect(await names(ref)).toEqual(["s-1", "s-2"]);
      expect(await at.read(ref, "file")).toBe("third");
    });
  });
}
