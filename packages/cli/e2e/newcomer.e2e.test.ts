import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { command } from "@medforge/runtime/command";

import { CHECKOUT } from "../src/host/places.ts";

const rootfs = process.env.MEDFORGE_TEST_ROOTFS;
const MINUTES = 60_000;

test.if(rootfs !== undefined)(
  "a newcomer gets from a fresh clone to a session over ssh by the printed lines alone",
  async () => {
    const home = mkdtempSync(join(tmpdir(), "medforge-newcomer-"));
    try {
      const clone = join(home, "medforge");
      // What is committed and nothing else; the lab has no network, so packages come from Bun's cache.
      expect((await command(["git", "clone", "-q", CHECKOUT, clone], { deadlineMs: MINUTES })).stderr).toBe(
        "",
      );
      mkdirSync(join(clone, ".medforge/cache"), { recursive: true });
      if (rootfs !== undefined)
        copyFileSync(rootfs, join(clone, ".medforge/cache", rootfs.split("/").at(-1) ?? ""));
      const run = await command(
        [
          join(CHECKOUT, "ops/host/lab.sh"),
          "--",
          process.execPath,
          join(CHECKOUT, "packages/cli/e2e/newcomer.ts"),
          clone,
          home,
        ],
        { deadlineMs: 6 * MINUTES, env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` } },
      );
      console.log(run.stdout);
      expect([run.exitCode, run.exitCode === 0 ? "" : run.stderr]).toEqual([0, ""]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
  7 * MINUTES,
);
