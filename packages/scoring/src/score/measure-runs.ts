import type { Manifest, MetricEntry } from "../competition.ts";
import { type Runs, runCounts } from "../masks/runs.ts";
import { overlapMetric } from "../metrics/overlap-metrics.ts";
import { valueOfNothing, worstValue } from "./empty-cases.ts";
import { meanOfCases } from "./report.ts";
import type { Measured } from "./types.ts";

/** One overlap metric of run-length masks, image by image, and its mean over those that count. */
export function measureRuns(
  entry: MetricEntry,
  manifest: Manifest,
  reference: readonly Runs[],
  predicted: readonly Runs[],
): Measured {
  const perCase = Float64Array.from(reference, (own, id) =>
    measureImage(entry, manifest, own, predicted[id] as Runs),
  );
  return { value: meanOfCases(perCase), perCase };
}

function measureImage(entry: MetricEntry, manifest: Manifest, reference: Runs, predicted: Runs): number {
  const { tp, fp, fn } = runCounts(reference, predicted);
  // Overlap has no unit, so nothing is asked of the extent.
  const extent = { shape: [reference.pixels], spacing: [1] };
  if (tp + fp + fn === 0) return valueOfNothing(entry, manifest, extent);
  const tn = reference.pixels - tp - fp - fn;
  const value = overlapMetric(entry.name)?.({ tp, fp, fn, tn }) ?? Number.NaN;
  return Number.isFinite(value) ? value : worstValue(entry, extent);
}
