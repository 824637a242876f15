/** What every metric file exports beside its function: one metric, one file. */
export interface MetricFacts {
  /** The field's name, as manifests and reports write it: `dice`, `hd95`, `auroc`. */
  readonly name: string;
  /** Raised whenever any input could give another number. */
  readonly version: string;
  readonly direction: "higher-is-better" | "lower-is-better";
  /** `mm`, `1` for ratios, … */
  readonly unit: string;
  /** One sentence, with the convention where tools disagree. */
  readonly definition: string;
  /** What empty or degenerate input gives. */
  readonly empty: string;
  /** Paper or standard. */
  readonly source: string;
}
