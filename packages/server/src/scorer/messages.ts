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

export type Asked =
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
