import { Checker, isObject, type Json } from "./competition/checker.ts";
import { readMetricEntries } from "./competition/metric-entries.ts";
import { columnsFit } from "./competition/offers.ts";
import {
  emptyRules,
  exposures,
  leaderboardRules,
  type Manifest,
  type ManifestLimits,
  missingRules,
  type OlderManifest,
  scoringModes,
  type Task,
  tasks,
} from "./competition/types.ts";
import type { Fault } from "./errors.ts";
import { FaultList } from "./faults.ts";

export type {
  Manifest,
  ManifestLimits,
  MetricEntry,
  OlderManifest,
  ParameterValue,
  Task,
} from "./competition/types.ts";

/** Either what was asked for, or every fault of it with its path: never both, never neither. */
export type Validated<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const slug = {
  pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/,
  max: 63,
  says: "Lower-case letters, digits and single hyphens.",
};
const words = (max: number) => ({ max, says: `A text of 1 to ${max} characters.` });
const columnName = {
  pattern: /^[^\p{Cc},"]+$/u,
  max: 100,
  says: "A column's name without comma, quote or line break.",
};

const olderKeys = [
  "evaluation_split_version",
  "scoring_mode",
  "leaderboard_rule",
  "evaluation_policy",
  "id_column",
  "target_columns",
  "expected_row_count",
];

/** Reads a manifest's text. A file that is no JSON object has one fault; any other has all of its faults at once. */
export function parseManifest(text: string): Validated<Manifest> {
  const json = parseObject(text);
  return json.ok ? validateManifest(json.value) : json;
}

export function parseOlderManifest(text: string): Validated<OlderManifest> {
  const json = parseObject(text);
  return json.ok ? validateOlderManifest(json.value) : json;
}

/** True for an object with the older form's own key, so that a reader can tell which of the two it has. */
export function isOlderForm(json: unknown): boolean {
  return isObject(json) && Object.hasOwn(json, "expected_row_count") && !Object.hasOwn(json, "slug");
}

/** Judges a manifest that was read from JSON. */
export function validateManifest(json: unknown): Validated<Manifest> {
  const faults = new FaultList();
  if (!isObject(json)) return notAnObject();
  const manifest = readManifest(new Checker(json, faults));
  return faults.total === 0 ? { ok: true, value: manifest } : { ok: false, faults: faults.kept };
}

/** Judges the older strict form: exactly seven keys. `expected_row_count` counts rows of the holdout. */
export function validateOlderManifest(json: unknown): Validated<OlderManifest> {
  const faults = new FaultList();
  if (!isObject(json)) return notAnObject();
  const checker = new Checker(json, faults);
  const manifest = {
    evaluationSplitVersion: checker.text("evaluation_split_version", words(100)),
    scoringMode: checker.text("scoring_mode", words(100)),
    leaderboardRule: checker.text("leaderboard_rule", words(100)),
    evaluationPolicy: checker.text("evaluation_policy", words(100)),
    idColumn: checker.text("id_column", columnName),
    targetColumns: readColumns(checker, 1),
    expectedRowCount: checker.number("expected_row_count", { min: 1, max: 1e8, whole: true }),
  };
  checker.noMore();
  return faults.total === 0 ? { ok: true, value: manifest } : { ok: false, faults: faults.kept };
}

/** A manifest with the seven keys of an older one in place of its own. Says where the two cannot both be true. */
export function withOlderManifest(manifest: Manifest, older: OlderManifest): Validated<Manifest> {
  const faults = new FaultList();
  const mode = scoringModes.find((one) => one === older.scoringMode);
  const rule = leaderboardRules.find((one) => one === older.leaderboardRule);
  const conflict = (path: string) => faults.add("manifest_conflict", { path });
  if (mode === undefined) conflict("scoring_mode");
  if (rule === undefined) conflict("leaderboard_rule");
  if (older.idColumn !== manifest.idColumn) conflict("id_column");
  if (older.targetColumns.join("\n") !== manifest.targetColumns.join("\n")) conflict("target_columns");
  if (mode === undefined || rule === undefined || faults.total > 0) return { ok: false, faults: faults.kept };
  const value = {
    ...manifest,
    evaluationSplitVersion: older.evaluationSplitVersion,
    evaluationPolicy: older.evaluationPolicy,
    expectedRows: older.expectedRowCount,
    scoringMode: mode,
    leaderboardRule: rule,
  };
  return { ok: true, value };
}

export { olderKeys as olderManifestKeys };

function readManifest(checker: Checker): Manifest {
  const task = checker.choice("task", tasks);
  const classes = checker.has("classes")
    ? checker.number("classes", { min: 2, max: 4096, whole: true })
    : null;
  const labels = readLabels(checker);
  const targetColumns =
    task === "segmentation-nifti" && !checker.has("target_columns") ? [] : readColumns(checker, 0);
  checkColumns(checker, task, targetColumns, classes);
  const idColumn = checker.text("id_column", columnName);
  if (targetColumns.includes(idColumn))
    checker.bad("target_columns", "The id is not a target.", "manifest_conflict");
  const sha256 = { pattern: /^[0-9a-f]{64}$/, max: 64, says: "64 hexadecimal digits." };
  const manifest: Manifest = {
    slug: checker.text("slug", slug),
    title: checker.text("title", words(200)),
    description: checker.text("description", words(100_000)),
    exposure: checker.choice("exposure", exposures),
    datasetSlug: readDataset(checker),
    task,
    metrics: readMetricEntries(checker, { task, classes, columns: targetColumns.length, labels }),
    idColumn,
    targetColumns,
    classes,
    labels,
    emptyCases: checker.choice("empty_cases", emptyRules, task === "detection" ? "leave-out" : "perfect"),
    missingCases: checker.choice("missing_cases", missingRules, "refuse"),
    geometryToleranceMm: checker.number("geometry_tolerance_mm", { min: 0, max: 10 }, 0.01),
    evaluationSplitVersion: checker.text("evaluation_split_version", words(100)),
    expectedRows: checker.number("expected_rows", { min: 1, max: 1e8, whole: true }),
    holdoutSha256: checker.has("holdout_sha256") ? checker.text("holdout_sha256", sha256) : null,
    submissionsPerDayMax: checker.number("submissions_per_day_max", { min: 1, max: 1000, whole: true }),
    limits: readLimits(checker, task),
    ownersSeeCases: checker.flag("owners_see_cases", false),
    displayedDecimals: checker.number("displayed_decimals", { min: 0, max: 12, whole: true }, 5),
    labelsPubliclyKnown: checker.flag("labels_publicly_known", false),
    scoringMode: checker.choice("scoring_mode", scoringModes, "single_realtime_hidden"),
    leaderboardRule: checker.choice("leaderboard_rule", leaderboardRules, "best_per_user"),
    evaluationPolicy: checker.text("evaluation_policy", words(100), "canonical_test_first"),
  };
  const takesEmpty = task === "detection" || task === "segmentation-rle" || task === "segmentation-nifti";
  if (manifest.missingCases === "empty-prediction" && !takesEmpty) {
    checker.bad("missing_cases", "Only boxes and masks can be empty.", "manifest_conflict");
  }
  checker.noMore();
  return manifest;
}

function readDataset(checker: Checker): string | null {
  return checker.value("dataset_slug", true) === null ? null : checker.text("dataset_slug", slug, "");
}

function readColumns(checker: Checker, min: number): string[] {
  const list = checker.value("target_columns", true);
  if (list === undefined) return [];
  const isName = (name: unknown) =>
    typeof name === "string" && name.length <= 100 && columnName.pattern.test(name);
  if (!Array.isArray(list) || list.length < min || list.length > 500 || !list.every(isName)) {
    checker.bad("target_columns", `A list of ${min} to 500 column names.`);
    return [];
  }
  if (new Set(list).size < list.length) checker.bad("target_columns", "A column is named twice.");
  return list;
}

function checkColumns(
  checker: Checker,
  task: Task,
  columns: readonly string[],
  classes: number | null,
): void {
  if (task === "classification" && classes === null) checker.value("classes", true);
  const namesClasses = task === "classification" || task === "tabular";
  if (classes !== null && !namesClasses)
    checker.bad("classes", `${task} has no classes.`, "manifest_conflict");
  if (columnsFit(task, columns.length, namesClasses ? classes : null)) return;
  const wanted: Partial<Record<Task, string>> = {
    detection: "five: score, x, y, width, height",
    "segmentation-nifti": "none: the cases are files",
  };
  checker.bad(
    "target_columns",
    `Needed: ${wanted[task] ?? "one, or one for each class"}.`,
    "manifest_conflict",
  );
}

function readLabels(checker: Checker): number[] | null {
  const list = checker.value("labels", false);
  if (list === undefined || list === null) return null;
  const isLabel = (one: unknown) =>
    typeof one === "number" && Number.isInteger(one) && one >= 1 && one <= 65535;
  if (Array.isArray(list) && list.length > 0 && list.every(isLabel) && new Set(list).size === list.length)
    return list;
  checker.bad("labels", "A list of different whole numbers from 1 to 65535.");
  return null;
}

function readLimits(parent: Checker, task: Task): ManifestLimits {
  const given = parent.value("limits", false) ?? {};
  if (!isObject(given)) parent.bad("limits", "An object.");
  const checker = new Checker(isObject(given) ? given : {}, parent.faults, "limits");
  const isZip = task === "segmentation-nifti";
  const limits = {
    bytesMax: checker.number("bytes_max", { min: 1, max: 2 ** 36, whole: true }, isZip ? 2 ** 32 : 2 ** 26),
    expandedBytesMax: checker.number("expanded_bytes_max", { min: 1, max: 2 ** 40, whole: true }, 2 ** 35),
    casesMax: checker.number("cases_max", { min: 1, max: 1e8, whole: true }, isZip ? 10_000 : 2_000_000),
    voxelsMax: checker.number("voxels_max", { min: 1, max: 2 ** 30, whole: true }, 2 ** 30),
  };
  checker.noMore();
  return limits;
}

function parseObject(text: string): Validated<Json> {
  try {
    const json: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return isObject(json) ? { ok: true, value: json } : notAnObject();
  } catch {
    return notAnObject();
  }
}

function notAnObject(): { ok: false; faults: readonly Fault[] } {
  const faults = new FaultList();
  faults.add("manifest_not_json");
  return { ok: false, faults: faults.kept };
}
