import type { Fault } from "@medforge/scoring";

/** What the server asks of a scoring process, and what that answers. */

/** A submission that is judged without the reference. */
export interface PrecheckJob {
  /** The manifest's text, as imported. */
  readonly manifest: string;
  /** Holds `ids.csv` and, for NIfTI masks, `geometry.json`. */
  readonly publicDir: string;
  /** The submitted file. */
  readonly file: string;
}

/** A submission that is measured. Both files must be what was written down of them, or nothing is measured. */
export interface ScoreJob {
  readonly manifest: string;
  readonly holdoutDir: string;
  /** See `holdoutSha256` of the scoring package. */
  readonly holdoutSha256: string;
  readonly file: string;
  readonly fileSha256: string;
}

/** The lines of a board with what each scored per case. */
export interface StatisticsJob {
  readonly direction: "higher-is-better" | "lower-is-better";
  readonly seed: string;
  /** In the board's order; NaN for a case that does not count. */
  readonly columns: readonly Float64Array[];
}

/** The same as JSON can say it: each column's bytes in base64. */
export type PackedStatisticsJob = Omit<StatisticsJob, "columns"> & { readonly columns: readonly string[] };

export function packStatistics({ columns, ...rest }: StatisticsJob): PackedStatisticsJob {
  const packed = columns.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
  );
  return { ...rest, columns: packed };
}

export function unpackStatistics({ columns, ...rest }: PackedStatisticsJob): StatisticsJob {
  // A copy of its own: what Buffer gives may begin anywhere in a shared pool.
  const unpacked = columns.map(
    (column) => new Float64Array(Uint8Array.from(Buffer.from(column, "base64")).buffer),
  );
  return { ...rest, columns: unpacked };
}

/** In the order of the columns. Null: too few cases to say. */
export interface BoardStatisticsFound {
  readonly lines: readonly {
    readonly interval: { readonly low: number; readonly high: number };
    readonly rankInterval: { readonly low: number; readonly high: number };
    readonly firstProbability: number | null;
    readonly tier: number | null;
  }[];
  readonly aggregations: readonly Aggregated[];
}

export interface Aggregated {
  readonly by: "median" | "rank-then-mean";
  /** Numbers of columns, the best first. */
  readonly order: readonly number[];
  readonly kendallTau: number | null;
}

export type Asked =
  | { readonly do: "statistics"; readonly job: PackedStatisticsJob }
  | { readonly do: "precheck"; readonly job: PrecheckJob }
  | { readonly do: "score"; readonly job: ScoreJob };

/** What is not as it was written down: somebody or something changed it underneath. */
export type Changed = "holdout_changed" | "submission_changed";

export type Answered =
  | { readonly is: "done"; readonly value: unknown }
  /** A ScoringError, in pieces. */
  | { readonly is: "faulty"; readonly faults: readonly Fault[]; readonly faultsTotal: number }
  | { readonly is: Changed }
  /** Our own reasoning broke, or a file could not be read. */
  | { readonly is: "broken"; readonly message: string };

/** With the memory that the process holds afterwards. */
export type Answer = Answered & { readonly residentBytes: number };
