import { expect, test } from "bun:test";

import { parseManifest } from "@medforge/scoring";

import { checkReport } from "./check.ts";

test("an organiser sees the board that a bundle would make, by every metric, and what may not be meant", () => {
  const read = parseManifest(
    JSON.stringify({
      slug: "tiny",
      title: "Tiny",
      description: "Four rows.",
      exposure: "external",
      dataset_slug: null,
      task: "classification",
      classes: 2,
      id_column: "id",
      target_columns: ["label"],
      expected_rows: 4,
      metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }, { name: "mcc" }],
      evaluation_split_version: "v1",
      submissions_per_day_max: 20,
    }),
  );
  if (!read.ok) throw new Error(read.faults[0]?.message);
  const component = (key: string, value: number | null) => ({
    key,
    name: key,
    version: `${key}-v1`,
    direction: "higher-is-better" as const,
    unit: "",
    value,
  });
  const text = checkReport({
    manifest: read.value,
    cases: 4,
    holdoutSha256: "5".repeat(64),
    notices: ["Not part of the bundle, and not used: notes."],
    board: [
      { rank: 1, entry: "perfect", score: 1, components: [component("accuracy", 1), component("mcc", 1)] },
      {
        rank: 2,
        entry: "sample_submission",
        score: 0.25,
        components: [component("accuracy", 0.25), component("mcc", null)],
      },
    ],
  });
  expect(text.split("\n")).toEqual([
    "tiny: Tiny (external, classification, 4 cases)",
    `holdout ${"5".repeat(64)}`,
    "",
    "RANK  SUBMISSION             accuracy  mcc",
    "1     the holdout itself     1.0000    1.0000",
    "2     the sample submission  0.2500    none",
    "",
    "Not part of the bundle, and not used: notes.",
  ]);
});
