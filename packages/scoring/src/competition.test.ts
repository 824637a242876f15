import { describe, expect, test } from "bun:test";

import {
  parseManifest,
  parseOlderManifest,
  type Validated,
  validateManifest,
  validateOlderManifest,
  withOlderManifest,
} from "./competition.ts";

const titanic = {
  slug: "titanic-survival",
  title: "Titanic",
  description: "Who survived?",
  exposure: "external",
  dataset_slug: "titanic-kaggle",
  task: "classification",
  metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }],
  id_column: "PassengerId",
  target_columns: ["Survived"],
  classes: 2,
  evaluation_split_version: "v1",
  expected_rows: 418,
  submissions_per_day_max: 20,
};
const lesions = {
  ...titanic,
  task: "segmentation-nifti",
  classes: undefined,
  target_columns: [],
  labels: [1, 2],
  metrics: [
    {
      name: "dice",
      key: "dice_lesion",
      primary: true,
      direction: "higher-is-better",
      parameters: { label: 2 },
    },
    { name: "nsd", parameters: { tolerance_mm: 2, label: 2 } },
    { name: "hd95", parameters: { label: "each", penalty_mm: 374 } },
  ],
};
const clean = (json: object) => JSON.parse(JSON.stringify(json)) as object;
const places = (validated: Validated<unknown>) =>
  validated.ok ? [] : validated.faults.map((fault) => `${fault.code} ${fault.where.path ?? ""}`.trim());

describe("manifests", () => {
  test("a short one is filled with defaults", () => {
    const validated = validateManifest(titanic);
    expect(places(validated)).toEqual([]);
    expect(validated.ok && validated.value).toMatchObject({
      missingCases: "refuse",
      emptyCases: "perfect",
      leaderboardRule: "best_per_user",
      metrics: [{ name: "accuracy", key: "accuracy", version: "accuracy-v1", parameters: {} }],
      limits: { bytesMax: 2 ** 26 },
    });
    expect(places(validateManifest(clean(lesions)))).toEqual([]);
  });

  test("all faults at once, each with its path", () => {
    const bad = {
      ...titanic,
      slug: "Not A Slug",
      exposure: "everyone",
      title: undefined,
      expected_rows: 4.5,
      metrics: [
        { name: "accuracy", primary: true, direction: "lower-is-better" },
        { name: "acuracy" },
        { name: "accuracy", parameters: { tolerance: 1 } },
        7,
      ],
      limits: { bytes_max: -1, rows: 2 },
      colour: "red",
    };
    expect(places(validateManifest(clean(bad))).sort()).toEqual(
      [
        "manifest_bad_value exposure",
        "manifest_bad_value expected_rows",
        "manifest_bad_value limits.bytes_max",
        "manifest_bad_value metrics[1].name",
        "manifest_bad_value metrics[3]",
        "manifest_bad_value slug",
        "manifest_conflict metrics[0].direction",
        "manifest_conflict metrics[2]",
        "manifest_missing_key title",
        "manifest_unknown_key colour",
        "manifest_unknown_key limits.rows",
        "manifest_unknown_key metrics[2].parameters.tolerance",
      ].sort(),
    );
  });

  test("keys that contradict each other are named", () => {
    const conflict = (change: object, base: object = titanic) =>
      places(validateManifest(clean({ ...base, ...change })));
    expect(conflict({ metrics: [{ name: "accuracy" }] })).toEqual(["manifest_bad_value metrics"]);
    expect(conflict({ metrics: [] })).toEqual(["manifest_bad_value metrics"]);
    expect(conflict({ id_column: "Survived" })).toEqual(["manifest_conflict target_columns"]);
    expect(conflict({ missing_cases: "empty-prediction" })).toEqual(["manifest_conflict missing_cases"]);
    expect(conflict({ classes: 3, target_columns: ["a", "b"] })).toContain(
      "manifest_conflict target_columns",
    );
    expect(conflict({ classes: undefined })).toContain("manifest_missing_key classes");
    const parameter = (parameters: object, name = "nsd") =>
      conflict({ metrics: [{ name, primary: true, direction: "higher-is-better", parameters }] }, lesions);
    expect(parameter({})).toEqual(["manifest_missing_key metrics[0].parameters.tolerance_mm"]);
    expect(parameter({ tolerance_mm: -1 })).toEqual([
      "manifest_bad_value metrics[0].parameters.tolerance_mm",
    ]);
    expect(parameter({ label: [1, 2] }, "dice")).toEqual([]);
    for (const label of [3, [1, 3], [1, 1], [], "all"])
      expect(parameter({ label }, "dice")).toEqual(["manifest_bad_value metrics[0].parameters.label"]);
    const version = (pinned: string) =>
      conflict({
        metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better", version: pinned }],
      });
    expect(version("accuracy-v1")).toEqual([]);
    expect(version("accuracy-v2")).toEqual(["manifest_bad_value metrics[0].version"]);
  });

  test("what is not an object has one fault", () => {
    for (const text of ["", "[]", "3", "{", "null"])
      expect(places(parseManifest(text))).toEqual(["manifest_not_json"]);
  });

  test("the older form has exactly its seven keys", () => {
    const older = {
      evaluation_split_version: "v2-kaggle-labelled-test418",
      scoring_mode: "single_realtime_hidden",
      leaderboard_rule: "best_per_user",
      evaluation_policy: "canonical_test_first",
      id_column: "PassengerId",
      target_columns: ["Survived"],
      expected_row_count: 418,
    };
    const read = parseOlderManifest(JSON.stringify(older));
    expect(read.ok && read.value.expectedRowCount).toBe(418);
    expect(places(validateOlderManifest({ ...older, label_source: "x" }))).toEqual([
      "manifest_unknown_key label_source",
    ]);
    const short = { ...older, scoring_mode: undefined, expected_row_count: "418" };
    expect(places(validateOlderManifest(clean(short)))).toEqual([
      "manifest_missing_key scoring_mode",
      "manifest_bad_value expected_row_count",
    ]);
    const full = validateManifest(titanic);
    if (!full.ok || !read.ok) throw new Error("both are valid");
    const both = withOlderManifest(full.value, { ...read.value, expectedRowCount: 7 });
    expect(both.ok && both.value.expectedRows).toBe(7);
    expect(places(withOlderManifest(full.value, { ...read.value, idColumn: "id" }))).toEqual([
      "manifest_conflict id_column",
    ]);
  });
});
