import { bratsRules } from "../metrics/brats-lesion-wise.ts";
import type { Task } from "./types.ts";

/** What a parameter may be. */
export type ParameterRule =
  | { readonly kind: "number"; readonly min: number; readonly max: number; readonly required?: boolean }
  | { readonly kind: "choice"; readonly choices: readonly (string | number)[] }
  /**
   * A label's number, a list of numbers (those labels as one region), `each` (the mean over the manifest's labels) or
   * `any` (all of them as one).
   */
  | { readonly kind: "label" }
  | { readonly kind: "numbers"; readonly min: number; readonly max: number };

export type ParameterRules = Readonly<Record<string, ParameterRule>>;

/**
 * What the target columns of a submission hold: classes, one probability or score, one probability per class, plain
 * numbers, a risk, boxes, or masks.
 */
export type Targets = "labels" | "scores" | "class-scores" | "numbers" | "risk" | "boxes" | "runs" | "masks";

/** What a task can measure, and from what. */
export interface Offer {
  readonly targets: Targets;
  readonly parameters: ParameterRules;
}

const label: ParameterRule = { kind: "label" };
const surface: ParameterRule = { kind: "choice", choices: ["voxel", "surfel"] };
const combine: ParameterRule = { kind: "choice", choices: ["max", "pooled"] };
/** What stands in for the distance where one mask is empty; the image's diagonal unless given. */
const penalty_mm: ParameterRule = { kind: "number", min: 0, max: 1e6 };
const connectivity: ParameterRule = { kind: "choice", choices: [4, 8, 6, 18, 26] };
/** Objects match one to one if their IoU is larger. */
const iou: ParameterRule = { kind: "number", min: 0, max: 1 };
const challenge: ParameterRule = { kind: "choice", choices: Object.keys(bratsRules) };
const cocoArea: ParameterRule = { kind: "choice", choices: ["all", "small", "medium", "large"] };
const distance = { label, surface, penalty_mm };

const byLabels = [
  "accuracy",
  "balanced-accuracy",
  "f1-binary",
  "f1-macro",
  "f1-micro",
  "f1-weighted",
  "mcc",
  "cohen-kappa",
  "cohen-kappa-linear",
  "cohen-kappa-quadratic",
];
const byScores: Readonly<Record<string, ParameterRules>> = {
  auroc: {},
  "average-precision": {},
  "log-loss": {},
  brier: {},
  ece: { bins: { kind: "number", min: 1, max: 1000 } },
  "sensitivity-at-specificity": { specificity: { kind: "number", min: 0, max: 1, required: true } },
};
const byClassScores: Readonly<Record<string, ParameterRules>> = {
  "auroc-ovr": {},
  "auroc-ovo": {},
  "log-loss": {},
  brier: {},
  ece: byScores.ece ?? {},
};
const byNumbers = ["mae", "rmse", "r2", "pearson", "spearman", "concordance-correlation"];
const byOverlap = [
  "dice",
  "iou",
  "precision",
  "recall",
  "specificity",
  "volume-similarity",
  "relative-volume-difference",
  "absolute-volume-difference",
];
const byMasks: Readonly<Record<string, ParameterRules>> = {
  ...Object.fromEntries(byOverlap.map((name) => [name, { label }])),
  hd: distance,
  hd95: { ...distance, combine },
  hdp: { ...distance, combine, percentile: { kind: "number", min: 0, max: 100, required: true } },
  assd: distance,
  masd: distance,
  nsd: { label, surface, tolerance_mm: { kind: "number", min: 0, max: 1e6, required: true } },
  "lesion-f1": { label, connectivity, iou },
  pq: { label, connectivity, iou },
  "brats-lesion-dice": { label, challenge },
  "brats-lesion-hd95": { label, challenge },
};
const byBoxes: Readonly<Record<string, ParameterRules>> = {
  map_iou: { thresholds: { kind: "numbers", min: 0, max: 1 } },
  froc: { rates: { kind: "numbers", min: 0, max: 1e6 }, iou },
  "coco-ap": { iou, area: cocoArea },
  "coco-ar": { area: cocoArea, detections_max: { kind: "choice", choices: [1, 10, 100] } },
};

const classificationMetrics = new Set([...byLabels, ...Object.keys(byScores), ...Object.keys(byClassScores)]);

/** The names that a task offers, whatever the targets are. */
export function namesFor(task: Task, hasClasses: boolean): ReadonlySet<string> {
  if (task === "detection") return new Set(Object.keys(byBoxes));
  if (task === "segmentation-rle") return new Set(byOverlap);
  if (task === "segmentation-nifti") return new Set(Object.keys(byMasks));
  if (task === "survival") return new Set(["c-index"]);
  if (task === "classification" || (task === "tabular" && hasClasses)) return classificationMetrics;
  return new Set(byNumbers);
}

/** How one metric reads the targets; nothing if it cannot with so many columns and classes. */
export function offerFor(
  task: Task,
  name: string,
  classes: number | null,
  columns: number,
): Offer | undefined {
  if (!namesFor(task, classes !== null).has(name)) return undefined;
  if (task === "detection") return { targets: "boxes", parameters: byBoxes[name] ?? {} };
  if (task === "segmentation-rle") return { targets: "runs", parameters: {} };
  if (task === "segmentation-nifti") return { targets: "masks", parameters: byMasks[name] ?? {} };
  if (task === "survival") return { targets: "risk", parameters: {} };
  if (classes === null) return { targets: "numbers", parameters: {} };
  if (byLabels.includes(name)) return columns === 1 ? { targets: "labels", parameters: {} } : undefined;
  const binary = byScores[name];
  if (columns === 1)
    return classes === 2 && binary !== undefined ? { targets: "scores", parameters: binary } : undefined;
  const multi = byClassScores[name];
  return columns === classes && multi !== undefined
    ? { targets: "class-scores", parameters: multi }
    : undefined;
}

/** How many target columns a task takes: exactly one or five, or as many as there are classes. */
export function columnsFit(task: Task, columns: number, classes: number | null): boolean {
  if (task === "detection") return columns === 5;
  if (task === "segmentation-nifti") return columns === 0;
  return columns === 1 || (classes !== null && classes > 1 && columns === classes);
}
