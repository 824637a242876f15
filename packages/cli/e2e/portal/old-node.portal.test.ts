import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { command } from "@medforge/runtime/command";

import { CHECKOUT } from "../../src/host/places.ts";
import { buildSite } from "../../src/host/site.ts";

const MINUTES_MS = 180_000;

/** Beside the walk over the pages, which it needs no database for: a build takes too long for the quick lane. */
describe.if(databaseNamed)(
  "where the only Node is too old for Astro, it is never asked, and the portal is built",
  () => {
    let folder = "";
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "medforge-old-node-"));
      const node = join(folder, "node");
      await Bun.write(node, `#!/bin/sh\necho "$@" >> ${folder}/asked\necho v18.0.0 is too old >&2\nexit 1\n`);
      chmodSync(node, 0o755);
      symlinkSync(process.execPath, join(folder, "bun"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const PATH = () => `${folder}:/usr/bin:/bin`;
    const ways = {
      "by ./medforge": (out: string) => buildSite(CHECKOUT, ["--outDir", out], { PATH: PATH() }),
      "by `bun run build`": (out: string) =>
        command([process.execPath, "run", "build", "--outDir", out], {
          cwd: join(CHECKOUT, "site"),
          env: { PATH: PATH(), NODE_ENV: "production", ASTRO_TELEMETRY_DISABLED: "1" },
          deadlineMs: MINUTES_MS,
        }),
    };

    test.each(Object.entries(ways))(
      "%s",
      async (_, build) => {
        const out = join(folder, "dist");
        const built = await build(out);
        expect(built.exitCode === 0 ? "" : built.stderr).toBe("");
        expect(existsSync(join(out, "index.html"))).toBe(true);
        expect(existsSync(join(folder, "asked"))).toBe(false);
        rmSync(out, { recursive: true });
      },
      MINUTES_MS,
    );
  },
);
