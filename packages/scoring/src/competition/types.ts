import type { MetricFacts } from "../metric.ts";

export const tasks = [
  "classification",
  "tabular",
  "detection",
  "segmentation-rle",
  "segmentation-nifti",
  "regression",
  "survival",
] as const;
export type Task = (typeof tasks)[number];

export const exposures = ["external", "internal"] as const;
export const emptyRules = ["perfect", "zero", "leave-out"] as const;
export const missingRules = ["refuse", "empty-prediction"] as const;
export const scoringModes = ["single_realtime_hidden"] as const;
export const leaderboardRules = ["best_per_user"] as const;

/** A parameter that a metric takes in a manifest, and what it may be. */
export type ParameterValue = number | string | readonly number[];

/** One number that the competition reports. */
export interface MetricEntry {
  /** Of the catalogue: `dice`, `hd95`. */
  readonly name: string;
  /** Under which name the number is reported; the metric's own unless two entries need two. */
  readonly key: string;
  readonly primary: boolean;
  readonly direction: MetricFacts["direction"];
  readonly version: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** A validated manifest. Keys of the JSON file are the same in snake_case. */
export interface Manifest {
  readonly slug: string;
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly exposure: (typeof exposures)[number];
  readonly datasetSlug: string | null;
  readonly task: Task;
  /** Exactly one is primary. */
  readonly metrics: readonly MetricEntry[];
  readonly idColumn: string;
  /** Columns of a submission beside the id, in this order where the order matters (detection: score, x, y, w, h). */
  readonly targetColumns: readonly string[];
  /** Number of classes; labels are 0 … classes − 1. Null: the targets are not classes. */
  readonly classes: number | null;
  /** Labels that a mask may hold beside 0. Null: any. */
  readonly labels: readonly number[] | null;
  /** What a case counts for which neither the reference nor the prediction has anything. */
  readonly emptyCases: (typeof emptyRules)[number];
  /** What becomes of a public id that a submission leaves out. */
  readonly missingCases: (typeof missingRules)[number];
  readonly geometryToleranceMm: number;
  readonly evaluationSplitVersion: string;
  /** Rows (or cases) of the holdout. */
  readonly expectedRows: number;
  readonly holdoutSha256: string | null;
  readonly submissionsPerDayMax: number;
  readonly limits: ManifestLimits;
  readonly ownersSeeCases: boolean;
  readonly displayedDecimals: number;
  readonly labelsPubliclyKnown: boolean;
  readonly scoringMode: (typeof scoringModes)[number];
  readonly leaderboardRule: (typeof leaderboardRules)[number];
  readonly evaluationPolicy: string;
}

export interface ManifestLimits {
  readonly bytesMax: number;
  /** Of all entries of a zip, expanded. */
  readonly expandedBytesMax: number;
  /** Rows of a table or entries of a zip. */
  readonly casesMax: number;
  /** Voxels of one image. */
  readonly voxelsMax: number;
}

/** The older form: exactly these seven keys, everything else known from elsewhere. */
export interface OlderManifest {
  readonly evaluationSplitVersion: string;
  readonly scoringMode: string;
  readonly leaderboardRule: string;
  readonly evaluationPolicy: string;
  readonly idColumn: string;
  readonly targetColumns: readonly string[];
  /** Counts rows of the holdout. */
  readonly expectedRowCount: number;
}
