import { afterEach, describe, expect, test } from "bun:test";

import { type Slug, slugFrom, uuidv7 } from "@medforge/core/ids";

import type { Keys } from "./port.ts";

/** An adapter on an empty store of its own, and a look at what sshd would read. */
export interface KeysBench {
  readonly keys: Keys;
  /** Another adapter over the same store: another process, or the next one. */
  again(): Keys;
  authorized(slug: Slug): Promise<readonly string[] | undefined>;
  /** Type and key of the host key that the session would show. */
  hostKey(slug: Slug): Promise<string | undefined>;
  cleanUp(): Promise<void>;
}

const slug = (n: number) => slugFrom(new Uint8Array([n, 1, 2, 3, 4]));
const workspace = (n: number) => uuidv7(1_760_000_000_000, new Uint8Array(10).fill(n));
/** A key's form, which is all this port looks at. */
const key = (n: number) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${Buffer.alloc(32, n).toString("base64")}`;

export function keysContract(name: string, make: () => Promise<KeysBench>): void {
  describe(`keys: ${name}`, () => {
    const benches: KeysBench[] = [];
    const bench = async () => {
      const made = await make();
      benches.push(made);
      return made;
    };
    const wish = (n: number, workspaceId = workspace(n), authorizedKeys = [key(n)]) => ({
      slug: slug(n),
      workspaceId,
      hostNames: ["ssh.medforge.test", "localhost"],
      authorizedKeys,
    });
    afterEach(async () => {
      for (const made of benches.splice(0)) await made.cleanUp();
    });

    test("the host CA is made once, also when several processes ask first at the same time", async () => {
      const { keys, again } = await bench();
      const lines = await Promise.all([keys.hostCa(), again().hostCa(), again().hostCa(), keys.hostCa()]);
      expect(new Set(lines).size).toBe(1);
      expect(lines[0]).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+$/);
      expect(await again().hostCa()).toBe(lines[0] ?? "");
    });

    test("preparing makes a folder with the keys, and preparing again changes only what is asked", async () => {
      const { keys, again, authorized, hostKey } = await bench();
      const path = await keys.prepare(wish(1));
      const before = await hostKey(slug(1));
      expect(await authorized(slug(1))).toEqual([key(1)]);
      expect(await again().prepare(wish(1, workspace(1), [key(2), key(3)]))).toBe(path);
      expect(await authorized(slug(1))).toEqual([key(2), key(3)]);
      expect(await hostKey(slug(1))).toBe(before);
      expect(before).toMatch(/^ssh-ed25519 /);
    });

    test("a host key belongs to the workspace: it survives sessions, and no other workspace has it", async () => {
      const { keys, again, hostKey } = await bench();
      await keys.prepare(wish(1, workspace(1)));
      const first = await hostKey(slug(1));
      await keys.remove(slug(1));
      await again().prepare(wish(2, workspace(1)));
      await keys.prepare(wish(3, workspace(2)));
      expect(await hostKey(slug(2))).toBe(first);
      expect(await hostKey(slug(3))).not.toBe(first);
      expect(await hostKey(slug(1))).toBeUndefined();
    });

    test("two processes that prepare one workspace at the same time agree on its host key", async () => {
      const { keys, again, hostKey } = await bench();
      await Promise.all([keys.prepare(wish(1, workspace(1))), again().prepare(wish(2, workspace(1)))]);
      expect(await hostKey(slug(1))).toBe((await hostKey(slug(2))) ?? "none");
    });

    test("authorizing replaces the keys, down to none; a session without a folder gets none", async () => {
      const { keys, authorized } = await bench();
      await keys.prepare(wish(1));
      await keys.authorize(slug(1), [key(4), key(5)]);
      expect(await authorized(slug(1))).toEqual([key(4), key(5)]);
      await keys.authorize(slug(1), []);
      expect(await authorized(slug(1))).toEqual([]);
      await keys.authorize(slug(9), [key(4)]);
      expect(await keys.list()).toEqual([slug(1)]);
    });

    test("the list names every session with a folder; removing twice changes nothing", async () => {
      const { keys, again } = await bench();
      expect(await keys.list()).toEqual([]);
      await keys.prepare(wish(2));
      await keys.prepare(wish(1));
      expect(await again().list()).toEqual([slug(1), slug(2)].sort());
      await keys.remove(slug(1));
      await keys.remove(slug(1));
      expect(await again().list()).toEqual([slug(2)]);
    });

    test("a forgotten workspace gets a new host key; forgetting twice changes nothing", async () => {
      const { keys, hostKey } = await bench();
      await keys.prepare(wish(1, workspace(1)));
      const first = await hostKey(slug(1));
      await keys.remove(slug(1));
      await keys.forget(workspace(1));
      await keys.forget(workspace(1));
      await keys.prepare(wish(2, workspace(1)));
      expect(await hostKey(slug(2))).not.toBe(first);
    });

    test("a line with an option, a second line or a strange host name is our mistake and never reaches sshd", async () => {
      const { keys, authorized } = await bench();
      await keys.prepare(wish(1));
      for (const line of [
        `command="id" ${key(2)}`,
        `${key(2)}\n${key(3)}`,
        "",
        `from="10.0.0.1" ${key(2)}`,
      ]) {
        await expect(keys.authorize(slug(1), [line])).rejects.toThrow("broken assumption");
        await expect(keys.prepare(wish(1, workspace(1), [line]))).rejects.toThrow("broken assumption");
      }
      await expect(keys.prepare({ ...wish(1), hostNames: ["a,b"] })).rejects.toThrow("broken assumption");
      expect(await authorized(slug(1))).toEqual([key(1)]);
    });
  });
}
