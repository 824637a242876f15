import { expect, test } from "bun:test";

import { importFaults, lockfileFaults } from "./structure.ts";

test("an import is right when its arrow is in the plan", () => {
  const table: [string, string, number][] = [
    ["packages/server/src/x.ts", 'import { a } from "@medforge/db/database";', 0],
    ["packages/db/src/x.ts", 'import { a } from "@medforge/server/app";', 1],
    ["packages/core/src/x.ts", 'import type { A } from "@medforge/runtime/errors";', 1],
    ["packages/core/src/x.ts", 'export * from "@medforge/db/schema";', 1],
    ["packages/core/src/x.ts", 'const a = await import("@medforge/db/schema");', 1],
    ["packages/core/src/x.ts", 'import {\n  a,\n  b,\n} from "@medforge/db/schema";', 1],
    ["packages/core/src/x.ts", 'import { a } from "./ids.ts";', 0],
    ["packages/core/src/deep/x.ts", 'import { a } from "../ids.ts";', 0],
    ["packages/core/src/x.ts", 'import { a } from "../../db/src/schema.ts";', 1],
    ["packages/core/src/x.ts", 'import "../../db/src/schema.ts";', 1],
    ["site/src/x.ts", 'import type { App } from "@medforge/server/app";', 0],
    ["site/src/x.ts", 'import { createApp } from "@medforge/server/app";', 1],
    ["packages/core/src/x.ts", 'import { join } from "node:path";', 0],
    ["packages/scoring/src/x.browser.test.ts", 'import { a } from "@medforge/chromium/chromium";', 0],
    ["packages/scoring/bench/x.ts", 'import { a } from "@medforge/chromium/chromium";', 0],
    ["packages/scoring/src/x.ts", 'import { a } from "@medforge/chromium/chromium";', 1],
    ["packages/scoring/src/x.test.ts", 'import { a } from "@medforge/db/database";', 1],
    ["packages/cli/e2e/x.ts", 'import { a } from "@medforge/server/e2e/front";', 0],
    ["packages/cli/src/x.ts", 'import { a } from "@medforge/server/e2e/front";', 1],
    ["packages/db/e2e/x.ts", 'import { a } from "@medforge/server/e2e/front";', 1],
  ];
  for (const [path, text, faults] of table)
    expect([text, importFaults({ path, text }).length]).toEqual([text, faults]);
});

test("a lockfile names packages, not where they came from", () => {
  expect(lockfileFaults('"left-pad": ["left-pad@1.0.0", "", {}, "sha512-x"]')).toEqual([]);
  expect(lockfileFaults('["left-pad@1.0.0", "https://mirror/left-pad.tgz", {}]')).toHaveLength(1);
});
