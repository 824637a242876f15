import { factsOf } from "../catalog.ts";
import type { Manifest, MetricEntry } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import type { FaultList } from "../faults.ts";
import { mean } from "../statistics/sum.ts";
import { packageVersion } from "../version.ts";
import type { Component, Measured, ScoreReport } from "./types.ts";

/** Mean over the cases that count, in their order; NaN if none does. */
export function meanOfCases(values: Float64Array): number {
  const counted = values.filter((value) => !Number.isNaN(value));
  return counted.length === 0 ? Number.NaN : mean(counted);
}

/** Puts the numbers together. A primary score that is no finite number is a fault; any other becomes null. */
export function makeReport(
  manifest: Manifest,
  caseIds: readonly string[],
  measured: readonly Measured[],
  warnings: FaultList,
): ScoreReport {
  const components = manifest.metrics.map((entry, at) => {
    const component = componentOf(entry, measured[at] ?? { value: Number.NaN });
    if (component.value === null && !entry.primary) {
      warnings.add("score_not_finite", { path: entry.key }, `${entry.key} has no finite value here.`);
    }
    return component;
  });
  const primary = components[manifest.metrics.findIndex((entry) => entry.primary)];
  if (primary === undefined || primary.value === null) throw new ScoringError("score_not_finite");
  return {
    primary: { ...primary, value: primary.value },
    components,
    caseIds,
    warnings: warnings.kept,
    warningsTotal: warnings.total,
    versions: {
      scorer: packageVersion,
      metrics: Object.fromEntries(components.map(({ key, version }) => [key, version])),
      evaluationSplit: manifest.evaluationSplitVersion,
    },
  };
}

function componentOf(entry: MetricEntry, { value, perCase }: Measured): Component {
  const { key, name, version, direction } = entry;
  return {
    key,
    name,
    version,
    direction,
    unit: factsOf(name)?.unit ?? "1",
    value: Number.isFinite(value) ? value : null,
    ...(perCase !== undefined && {
      perCase: Array.from(perCase, (one) => (Number.isFinite(one) ? one : null)),
    }),
  };
}
