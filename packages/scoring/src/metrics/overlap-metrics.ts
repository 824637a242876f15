import { absoluteVolumeDifference } from "./absolute-volume-difference.ts";
import { dice } from "./dice.ts";
import { iou } from "./iou.ts";
import type { OverlapCounts } from "./overlap-counts.ts";
import { precision } from "./precision.ts";
import { recall } from "./recall.ts";
import { relativeVolumeDifference } from "./relative-volume-difference.ts";
import { specificity } from "./specificity.ts";
import { volumeSimilarity } from "./volume-similarity.ts";

/** What can be told from counts alone, by the names of the catalogue. */
export const overlapMetrics = {
  dice,
  iou,
  precision,
  recall,
  specificity,
  "volume-similarity": volumeSimilarity,
  "relative-volume-difference": relativeVolumeDifference,
  "absolute-volume-difference": absoluteVolumeDifference,
} as const satisfies Readonly<Record<string, (counts: OverlapCounts) => number>>;

/** The metric of that name, if it can be told from counts. */
export function overlapMetric(name: string): ((counts: OverlapCounts) => number) | undefined {
  return Object.hasOwn(overlapMetrics, name)
    ? overlapMetrics[name as keyof typeof overlapMetrics]
    : undefined;
}
