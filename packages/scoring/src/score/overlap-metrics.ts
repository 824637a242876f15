import { absoluteVolumeDifference } from "../metrics/absolute-volume-difference.ts";
import { dice } from "../metrics/dice.ts";
import { iou } from "../metrics/iou.ts";
import type { OverlapCounts } from "../metrics/overlap-counts.ts";
import { precision } from "../metrics/precision.ts";
import { recall } from "../metrics/recall.ts";
import { relativeVolumeDifference } from "../metrics/relative-volume-difference.ts";
import { specificity } from "../metrics/specificity.ts";
import { volumeSimilarity } from "../metrics/volume-similarity.ts";

/** What can be told from counts alone, by the names of the catalogue. */
export const overlapMetrics: Readonly<Record<string, (counts: OverlapCounts) => number>> = {
  dice,
  iou,
  precision,
  recall,
  specificity,
  "volume-similarity": volumeSimilarity,
  "relative-volume-difference": relativeVolumeDifference,
  "absolute-volume-difference": absoluteVolumeDifference,
};
