import { factsOf, versionsOf } from "../catalog.ts";
import { Checker, isObject } from "./checker.ts";
import { namesFor, offerFor, type ParameterRule } from "./offers.ts";
import type { MetricEntry, ParameterValue, Task } from "./types.ts";

interface Setting {
  readonly task: Task;
  readonly classes: number | null;
  readonly columns: number;
  readonly labels: readonly number[] | null;
}

const directions = ["higher-is-better", "lower-is-better"] as const;
const entriesMax = 50;

/** The manifest's `metrics`: exactly one primary, each known to the task, with parameters inside their ranges. */
export function readMetricEntries(parent: Checker, setting: Setting): MetricEntry[] {
  const list = parent.value("metrics", true);
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length === 0 || list.length > entriesMax) {
    parent.bad("metrics", `A list of 1 to ${entriesMax} metrics.`);
    return [];
  }
  const entries = list.flatMap((item: unknown, at) => {
    const path = parent.at(`metrics[${at}]`);
    if (isObject(item))
      return readEntry(new Checker(item, parent.faults, path), setting).map((entry) => ({ at, entry }));
    parent.bad(`metrics[${at}]`, "An object with a name.");
    return [];
  });
  const primaries = entries.filter(({ entry }) => entry.primary).length;
  if (primaries !== 1 && entries.length === list.length)
    parent.bad("metrics", "Exactly one metric is primary.");
  const seen = new Set<string>();
  for (const { at, entry } of entries) {
    const says = `Two metrics report as ${entry.key}; give one of them a key.`;
    if (seen.has(entry.key)) parent.bad(`metrics[${at}]`, says, "manifest_conflict");
    seen.add(entry.key);
  }
  return entries.map(({ entry }) => entry);
}

function readEntry(entry: Checker, setting: Setting): MetricEntry[] {
  const names = namesFor(setting.task, setting.classes !== null);
  const name = entry.value("name", true);
  if (typeof name !== "string" || !names.has(name)) {
    if (name !== undefined) entry.bad("name", `One of ${[...names].join(", ")}.`);
    return [];
  }
  const facts = factsOf(name);
  const offer = offerFor(setting.task, name, setting.classes, setting.columns);
  const primary = entry.flag("primary", false);
  const direction = entry.choice("direction", directions, primary ? undefined : facts?.direction);
  const key = entry.text(
    "key",
    { pattern: /^[a-z0-9][a-z0-9_@.-]*$/, max: 60, says: "Lower-case letters, digits, - _ . @" },
    name,
  );
  const version = entry.choice("version", versionsOf(name), facts?.version);
  const given = entry.value("parameters", false) ?? {};
  entry.noMore();
  if (facts !== undefined && entry.has("direction") && direction !== facts.direction) {
    entry.bad("direction", `${name} is ${facts.direction}.`, "manifest_conflict");
  }
  if (facts === undefined || offer === undefined) {
    entry.bad(
      "name",
      `${name} cannot be computed from these target columns and classes.`,
      "manifest_conflict",
    );
    return [];
  }
  if (!isObject(given)) {
    entry.bad("parameters", "An object.");
    return [];
  }
  const checker = new Checker(given, entry.faults, entry.at("parameters"));
  const parameters = Object.entries(offer.parameters).flatMap(([parameter, rule]) => {
    const value = readParameter(checker, parameter, rule, setting);
    return value === undefined ? [] : [[parameter, value] as const];
  });
  checker.noMore();
  return [{ name, key, primary, direction, version, parameters: Object.fromEntries(parameters) }];
}

function readParameter(
  checker: Checker,
  key: string,
  rule: ParameterRule,
  { labels }: Setting,
): ParameterValue | undefined {
  if (rule.kind === "number") {
    if (!checker.has(key) && rule.required !== true) return undefined;
    return checker.number(key, rule);
  }
  const value = checker.value(key, false);
  if (value === undefined) return undefined;
  if (rule.kind === "choice") {
    const found = rule.choices.find((choice) => choice === value);
    if (found === undefined) checker.bad(key, `One of ${rule.choices.join(", ")}.`);
    return found;
  }
  if (rule.kind === "numbers") {
    const fits = Array.isArray(value) && value.length > 0 && value.length <= 100;
    if (fits && value.every((one) => typeof one === "number" && one >= rule.min && one <= rule.max))
      return value;
    checker.bad(key, `A list of 1 to 100 numbers from ${rule.min} to ${rule.max}.`);
    return undefined;
  }
  if (value === "any" || (value === "each" && labels !== null)) return value;
  if (isLabel(value, labels)) return value;
  const isRegion = Array.isArray(value) && value.length > 0 && value.every((one) => isLabel(one, labels));
  if (isRegion && new Set(value).size === value.length) return value;
  checker.bad(key, "One of the manifest's labels, a list of different ones, each, or any.");
  return undefined;
}

function isLabel(value: unknown, labels: readonly number[] | null): value is number {
  const fits = typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65535;
  return fits && (labels?.includes(value) ?? true);
}
