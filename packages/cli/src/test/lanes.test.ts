import { expect, test } from "bun:test";

import { chosen } from "../commands/test.ts";
import { needOf } from "./files.ts";
import { LANES } from "./lanes.ts";

test("without --only every lane runs; with it, the named ones in the usual order", () => {
  expect(chosen([])).toEqual(LANES);
  expect(chosen(["unit", "format"]).map((lane) => lane.name)).toEqual(["format", "unit"]);
  expect(() => chosen(["unti"])).toThrow("unti is not a lane; did you mean unit?");
});

test("the name of a test file says what it needs", () => {
  expect(
    ["a.test.ts", "a.db.test.ts", "a.sim.test.ts", "a.machine.test.ts", "a.e2e.test.ts", "a.test.tsx"].map(
      needOf,
    ),
  ).toEqual(["nothing", "database", "simulation", "machine", "machine", "nothing"]);
});
