import { expect, test } from "bun:test";

import { placeOf } from "./problem.ts";

test("a fault's place names file, row, column and path, as far as there are any", () => {
  const message = "is wrong";
  expect(placeOf({ path: "", entry: "holdout", row: 5, column: "label", message })).toBe(
    "holdout, row 5, column label",
  );
  expect(placeOf({ path: "metrics[0].name", entry: "competition.json", message })).toBe(
    "competition.json, metrics[0].name",
  );
  expect(placeOf({ path: "display_name", message })).toBe("display_name");
});
