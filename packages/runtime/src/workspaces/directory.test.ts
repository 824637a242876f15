import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { faultOf, newRef, workspacesContract } from "./contract.ts";
import { directoryWorkspaces } from "./directory.ts";
import { bindElsewhere, workInside } from "./in-use.testing.ts";
import type { WorkspaceRef } from "./port.ts";

const QUOTA = 1_000_000;
const isRoot = process.getuid?.() === 0;

if (!isRoot) {
  test.skip("directory workspaces: not run, because giving files to user 1000 needs root", () => undefined);
} else {
  const make = () => {
    const root = mkdtempSync(join(tmpdir(), "medforge-directory-"));
    const workspaces = directoryWorkspaces({ root });
    const folder = (ref: WorkspaceRef) => join(root, ref.userId, ref.workspaceId);
    const write = async (ref: WorkspaceRef, file: string, text: string) =>
      writeFileSync(join(folder(ref), file), text);
    const read = async (ref: WorkspaceRef, file: string) => {
      const path = join(folder(ref), file);
      return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    };
    return { root, workspaces, folder, write, read, close: async () => rmSync(root, { recursive: true }) };
  };

  workspacesContract("directory", async () => {
    const { workspaces, folder, write, read, close } = make();
    return {
      workspaces,
      write,
      read,
      use: (ref) => bindElsewhere(folder(ref)),
      owner: async (ref) => {
        const { uid, gid } = statSync(folder(ref));
        return `${uid}:${gid}`;
      },
      sharesBlocks: false,
      close,
    };
  });

  describe("directory workspaces", () => {
    let at: ReturnType<typeof make>;
    beforeAll(() => {
      at = make();
    });
    afterAll(() => at.close());

    const withTwoStates = async (): Promise<WorkspaceRef> => {
      const ref = newRef();
      await at.workspaces.ensure(ref, QUOTA);
      await at.write(ref, "file", "first");
      await at.workspaces.snapshot(ref, "s-1");
      await at.write(ref, "file", "second");
      return ref;
    };
    const names = async (ref: WorkspaceRef) => (await at.workspaces.snapshots(ref)).map((s) => s.name);

    test("restore and destroy are refused while a process works inside", async () => {
      const ref = await withTwoStates();
      const end = await workInside(at.folder(ref));
      try {
        expect(await faultOf(at.workspaces.restore(ref, "s-1", "safety"))).toBe("in-use");
        expect(await faultOf(at.workspaces.destroy(ref))).toBe("in-use");
      } finally {
        await end();
      }
      await at.workspaces.destroy(ref);
    });

    test("a restore cut short anywhere is undone or finished by whoever looks next", async () => {
      // What the disk looks like after each step of a restore; see directory-settle.ts.
      const steps = (files: string, history: string) => [
        () => mkdirSync(`${history}/.copying`),
        () => cpSync(`${history}/s-1/files`, `${history}/.copying/files`, { recursive: true }),
        () => mkdirSync(`${history}/.copying/safety-1700000000000-safety`),
        () => renameSync(`${history}/.copying`, `${history}/.restoring`),
        () => renameSync(files, `${history}/.restoring/safety-1700000000000-safety/files`),
        () => renameSync(`${history}/.restoring/files`, files),
        () => renameSync(`${history}/.restoring/safety-1700000000000-safety`, `${history}/safety`),
      ];
      for (let done = 1; done <= 7; done++) {
        const ref = await withTwoStates();
        const history = join(at.root, ref.userId, ".snapshots", ref.workspaceId);
        for (const step of steps(at.folder(ref), history).slice(0, done)) step();
        await at.workspaces.ensure(ref, QUOTA);
        expect([done, await at.read(ref, "file")]).toEqual([done, done < 5 ? "second" : "first"]);
        expect((await names(ref)).toSorted()).toEqual(done < 5 ? ["s-1"] : ["s-1", "safety"]);
        expect(existsSync(`${history}/.copying`) || existsSync(`${history}/.restoring`)).toBe(false);
        if (done >= 5) {
          await at.workspaces.restore(ref, "safety", "safety-2");
          expect(await at.read(ref, "file")).toBe("second");
        }
      }
    });

    test("a destroy cut short is finished by whoever looks next", async () => {
      const ref = await withTwoStates();
      const history = join(at.root, ref.userId, ".snapshots", ref.workspaceId);
      renameSync(at.folder(ref), `${history}/.destroyed`);
      expect(await faultOf(at.workspaces.usage(ref))).toBe("missing");
      expect(existsSync(history)).toBe(false);
    });

    test("a root that is not there is unreachable, not empty", async () => {
      const lost = directoryWorkspaces({ root: join(at.root, "not-mounted") });
      const ref = newRef();
      for (const work of [
        () => lost.check(),
        () => lost.ensure(ref, QUOTA),
        () => lost.usage(ref),
        () => lost.destroy(ref),
      ]) {
        expect(await faultOf(work())).toBe("unreachable");
      }
    });
  });
}
