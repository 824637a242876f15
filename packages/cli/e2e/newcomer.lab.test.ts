import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { command } from "@medforge/runtime/command";

import { CHECKOUT } from "../src/host/places.ts";

const rootfs = process.env.MEDFORGE_TEST_ROOTFS;
const MINUTES = 60_000;

async function firstHour(...how: readonly string[]): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "medforge-newcomer-"));
  try {
    const clone = join(home, "medforge");
    // What is committed and nothing else; the lab has no network, so packages come from Bun's cache.
    const cloned = await command(["git", "clone", "-q", CHECKOUT, clone], { deadlineMs: MINUTES });
    expect(cloned.stderr).toBe("");
    mkdirSync(join(clone, ".medforge/cache"), { recursive: true });
    if (rootfs !== undefined)
      copyFileSync(rootfs, join(clone, ".medforge/cache", rootfs.split("/").at(-1) ?? ""));
    const lab = [join(CHECKOUT, "ops/host/lab.sh"), "--", process.execPath];
    const inside = [join(CHECKOUT, "packages/cli/e2e/newcomer.ts"), clone, home, ...how];
    // Under its own name: npm's package calls the program bun.exe, also on Linux.
    mkdirSync(join(home, "bin"));
    symlinkSync(process.execPath, join(home, "bin/bun"));
    const path = `${join(home, "bin")}:${process.env.PATH}`;
    const run = await command([...lab, ...inside], { deadlineMs: 6 * MINUTES, env: { PATH: path } });
    console.log(run.stdout);
    expect([run.exitCode, run.exitCode === 0 ? "" : run.stderr]).toEqual([0, ""]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe.if(rootfs !== undefined)("a newcomer gets from a fresh clone to a session over ssh", () => {
  test("by the printed lines alone", () => firstHour(), 7 * MINUTES);
  test("also on a host without ZFS", () => firstHour("without-zfs"), 7 * MINUTES);
});
