import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { systemClock } from "../deadline.ts";
import { faultOf, newRef, workspacesContract } from "./contract.ts";
import { bindElsewhere, copyNamespace, workInside } from "./in-use.testing.ts";
import type { WorkspaceRef } from "./port.ts";
import { zfsWorkspaces } from "./zfs.ts";
import { zfsCommands } from "./zfs-command.ts";

const given = process.env.MEDFORGE_TEST_ZFS ?? "";
/** All that this suite makes lies under a dataset of its own, and only that is destroyed in the end. */
const root = `${given}/workspaces-${crypto.randomUUID()}`;
const QUOTA = 64 * 1024 * 1024;

// zfs-fuse now and then takes seconds for what usually takes milliseconds.
setDefaultTimeout(60_000);

if (given !== "") {
  const { run, runUnlessBusy, properties } = zfsCommands(systemClock);
  const workspaces = zfsWorkspaces({ root });
  await run(["zfs", "create", root]);
  const mountpoint = (await properties([root], ["mountpoint"])).get(root)?.mountpoint ?? "";
  const folder = (ref: WorkspaceRef) => join(mountpoint, ref.userId, ref.workspaceId);
  const dataset = (ref: WorkspaceRef) => `${root}/${ref.userId}/${ref.workspaceId}`;
  const write = async (ref: WorkspaceRef, file: string, text: string) =>
    writeFileSync(join(folder(ref), file), text);
  const read = async (ref: WorkspaceRef, file: string) => {
    const path = join(folder(ref), file);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const names = async (ref: WorkspaceRef) => (await workspaces.snapshots(ref)).map((s) => s.name);
  workspacesContract("zfs", async () => ({
    workspaces,
    write,
    read,
    use: (ref) => bindElsewhere(folder(ref)),
    owner: async (ref) => {
      const { uid, gid } = statSync(folder(ref));
      return `${uid}:${gid}`;
    },
    sharesBlocks: true,
    close: async () => undefined,
  }));

  describe("zfs workspaces", () => {
    afterAll(async () => {
      await runUnlessBusy(["zfs", "destroy", "-R", root], 30_000);
    });

    const withTwoStates = async (): Promise<WorkspaceRef> => {
      const ref = newRef();
      await workspaces.ensure(ref, QUOTA);
      await write(ref, "file", "first");
      await workspaces.snapshot(ref, "s-1");
      await write(ref, "file", "second");
      return ref;
    };

    for (const [how, use] of [
      ["a process works inside", workInside],
      ["another mount namespace has a copy of the mount", copyNamespace],
    ] as const) {
      test(`restore and destroy are refused while ${how}, and the workspace stays mounted`, async () => {
        const ref = await withTwoStates();
        const end = await use(folder(ref));
        try {
          expect(await faultOf(workspaces.restore(ref, "s-1", "safety"))).toBe("in-use");
          expect(await faultOf(workspaces.destroy(ref))).toBe("in-use");
          expect(await read(ref, "file")).toBe("second");
          expect(await names(ref)).toEqual(["s-1"]);
        } finally {
          await end();
        }
        await workspaces.destroy(ref);
      });
    }

    test("ensure mounts what is not mounted, before anyone writes to the folder underneath", async () => {
      const ref = await withTwoStates();
      await run(["zfs", "unmount", dataset(ref)]);
      expect(await read(ref, "file")).toBeUndefined();
      expect(await workspaces.ensure(ref, QUOTA)).toBe(folder(ref));
      expect(await read(ref, "file")).toBe("second");
    });

    test("a restore cut short anywhere is undone or finished by whoever looks next", async () => {
      // What the disk looks like after each command of a restore; see zfs-history.ts.
      const steps = (ws: string) => [
        ["zfs", "unmount", ws],
        ["zfs", "snapshot", `${ws}@safety`],
        ["zfs", "create", "-o", "canmount=off", "-o", "mountpoint=none", `${ws}.before`],
        ["zfs", "clone", "-o", `refquota=${QUOTA}`, `${ws}@s-1`, `${ws}.before/next`],
        ["zfs", "rename", ws, `${ws}.before/1700000000000`],
        ["zfs", "rename", `${ws}.before/next`, ws],
        ["zfs", "unmount", ws],
      ];
      const expected = ["second", "second", "second", "second", "first", "first", "first"];
      for (const [index, text] of expected.entries()) {
        // A commit that was made and not finished is what `usage` and `snapshots` have to cope with too.
        const looks = index === 4 ? (["ensure", "usage", "snapshots"] as const) : (["ensure"] as const);
        for (const looksFirst of looks) {
          const ref = await withTwoStates();
          for (const argv of steps(dataset(ref)).slice(0, index + 1)) await runUnlessBusy(argv, 5_000);
          if (looksFirst === "usage") await workspaces.usage(ref);
          if (looksFirst === "snapshots") await workspaces.snapshots(ref);
          await workspaces.ensure(ref, QUOTA);
          expect([index, looksFirst, await read(ref, "file")]).toEqual([index, looksFirst, text]);
          expect(await names(ref)).toEqual(index === 0 ? ["s-1"] : ["s-1", "safety"]);
          expect((await properties([`${dataset(ref)}.before/next`], ["type"])).size).toBe(0);
          await workspaces.restore(ref, "s-1", "safety-2");
          expect(await read(ref, "file")).toBe("first");
          await workspaces.destroy(ref);
          expect((await properties([dataset(ref), `${dataset(ref)}.before`], ["type"])).size).toBe(0);
        }
      }
    });

    test("a destroy cut short is finished by the next one", async () => {
      const ref = await withTwoStates();
      await workspaces.restore(ref, "s-1", "safety");
      await runUnlessBusy(["zfs", "destroy", "-r", dataset(ref)], 5_000);
      expect(await faultOf(workspaces.usage(ref))).toBe("missing");
      await workspaces.destroy(ref);
      expect((await properties([`${dataset(ref)}.before`], ["type"])).size).toBe(0);
    });

    test("deleting an earlier state's last snapshots frees it", async () => {
      const ref = await withTwoStates();
      await workspaces.restore(ref, "s-1", "safety-1");
      await write(ref, "file", "third");
      await workspaces.restore(ref, "s-1", "safety-2");
      await workspaces.deleteSnapshot(ref, "safety-2");
      await workspaces.deleteSnapshot(ref, "safety-1");
      const left = await properties([`${dataset(ref)}.before`], ["type"], 1);
      // The first state holds s-1, which the files are made from; the second is gone.
      expect([...left.keys()].filter((name) => !name.includes("@"))).toHaveLength(2);
      expect(await names(ref)).toEqual(["s-1"]);
    });

    test("a full quota refuses to grow, and usage still answers", async () => {
      const ref = newRef();
      await workspaces.ensure(ref, 8 * 1024 * 1024);
      const code = await writeUntilRefused(join(folder(ref), "big"));
      expect(code).toMatch(/^(EDQUOT|ENOSPC)$/);
      const usage = await workspaces.usage(ref);
      expect(usage.quotaBytes).toBe(8 * 1024 * 1024);
      expect(usage.usedBytes).toBeGreaterThan(4 * 1024 * 1024);
      expect(await workspaces.ensure(ref, 8 * 1024 * 1024)).toBe(folder(ref));
    });

    test("a quota below what the files take still lets the session in", async () => {
      const ref = newRef();
      await workspaces.ensure(ref, QUOTA);
      const noise = crypto.getRandomValues(new Uint8Array(65_536));
      for (let i = 0; i < 40; i++) writeFileSync(join(folder(ref), `part-${i}`), noise);
      await workspaces.snapshot(ref, "large");
      expect(await workspaces.ensure(ref, 1_000_000)).toBe(folder(ref));
      expect((await workspaces.usage(ref)).quotaBytes).toBeGreaterThanOrEqual(2_000_000);
      expect(await faultOf(workspaces.clone(ref, "large", newRef(), 1_000_000))).toBe("full");
    });

    test("a pool or root that is not there is unreachable, not empty", async () => {
      for (const elsewhere of ["medforge-no-such-pool/workspaces", `${root}/no-such-root`]) {
        const lost = zfsWorkspaces({ root: elsewhere });
        const ref = newRef();
        for (const work of [
          () => lost.check(),
          () => lost.ensure(ref, QUOTA),
          () => lost.usage(ref),
          () => lost.snapshots(ref),
          () => lost.deleteSnapshot(ref, "s-1"),
          () => lost.destroy(ref),
        ]) {
          expect(await faultOf(work())).toBe("unreachable");
        }
      }
    });
  });
}

/** @returns the code of the error that ended it, or ""; ZFS counts late, so the first megabytes too many may pass */
async function writeUntilRefused(path: string): Promise<string> {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const giveUpAtMs = Date.now() + 50_000;
  for (let i = 0; Date.now() < giveUpAtMs; i++) {
    try {
      writeFileSync(`${path}-${i}`, noise);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? "";
    }
    if (i % 64 === 63) await Bun.sleep(500);
  }
  return "";
}
