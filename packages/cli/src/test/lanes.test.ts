import { expect, test } from "bun:test";

import { chosen } from "../commands/test.ts";
import { type Need, needOf } from "./files.ts";
import { LANES } from "./lanes.ts";

test("without --only every lane runs; with it, the named ones in the usual order", () => {
  expect(chosen([])).toEqual(LANES);
  expect(chosen(["unit", "format"]).map((lane) => lane.name)).toEqual(["format", "unit"]);
  expect(() => chosen(["unti"])).toThrow("unti is not a lane; did you mean unit?");
});

test("the name of a test file says what it needs", () => {
  const table: Record<string, Need> = {
    "a.test.ts": "nothing",
    "a.test.tsx": "nothing",
    "a.vectors.test.ts": "vectors",
    "a.browser.test.ts": "browser",
    "a.db.test.ts": "database",
    "a.sim.test.ts": "simulation",
    "a.machine.test.ts": "machine",
    "a.e2e.test.ts": "machine",
    "a.lab.test.ts": "lab",
  };
  expect(Object.fromEntries(Object.keys(table).map((file) => [file, needOf(file)]))).toEqual(table);
});
