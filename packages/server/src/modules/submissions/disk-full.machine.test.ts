import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";

import { databaseNamed } from "@medforge/db/testing";
import { command } from "@medforge/runtime/command";

import { csvOf, filesKept, formOf, openChallenge, post, submissionsPath, uploadHouse } from "./testing.ts";

/** A file system of its own that is too small, in the lab's mount namespace. */
const mayMount = process.env.MEDFORGE_TEST_ZFS !== undefined;

async function mount(...words: string[]): Promise<void> {
  const done = await command(["mount", ...words]);
  if (done.exitCode !== 0) throw new Error(done.stderr);
}

describe.if(databaseNamed && mayMount)("a disk without room", () => {
  for (const [what, options] of [
    ["for the bytes", "size=64k"],
    // The folder itself, `receiving/` and the file there: none is left for the folder of its lasting name.
    ["for one more name", "size=8m,nr_inodes=3"],
  ] as const) {
    test(`${what} is a 507 that keeps nothing and counts nothing, and does no harm once there is room`, async () => {
      const house = await uploadHouse();
      const { submissions } = house.deps.config.folders;
      mkdirSync(submissions, { recursive: true });
      await mount("-t", "tmpfs", "-o", `${options},mode=700`, "tmpfs", submissions);
      try {
        const { id: userId, cookie } = await house.signup();
        const { slug, id: competitionId } = await openChallenge(house, { cap: 1 });
        const send = (content: string) => post(house, cookie, submissionsPath(slug), formOf(content));
        const answered = await send(what === "for the bytes" ? "x".repeat(200_000) : csvOf("1011"));
        expect(answered.body).toMatchObject({ status: 507, code: "storage_full" });
        expect(answered.text).not.toContain(submissions);
        expect(filesKept(house)).toEqual([]);
        const day = { competitionId, userId, day: "2026-01-02" };
        expect(await house.db.submissionDays.used(day)).toBe(0);
        expect(await house.db.submissions.page({ userId }, undefined, 10)).toEqual([]);
        await mount("-o", "remount,size=8m,nr_inodes=100", submissions);
        expect((await send(csvOf("1011"))).status).toBe(201);
      } finally {
        await command(["umount", submissions]);
        await house.close();
      }
    });
  }
});
