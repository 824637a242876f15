import type { Fault } from "../errors.ts";
import type { Geometry } from "../images/orientation.ts";
import type { EngineChoice } from "../kernels/choose-engine.ts";
import type { ImageSize } from "../masks/rle.ts";
import type { MetricFacts } from "../metric.ts";
import type { ScoringPool } from "../pool/pool.ts";
import type { ByteSource } from "../source.ts";

/** A file in memory, a File or Blob, or anything that can be read in pieces. */
export type Input = Uint8Array | Blob | ByteSource;

/** What may be known of the cases outside the server: their ids, and what a checker needs to judge a mask. */
export interface PublicIds {
  readonly ids: readonly string[];
  /** Run-length masks: width and height of each image, in the order of the ids. */
  readonly sizes?: readonly ImageSize[];
  /** NIfTI masks: where the voxels of each case lie, in the order of the ids. */
  readonly geometry?: readonly Geometry[];
}

/** The hidden reference: a table, or one mask per case. */
export type Holdout =
  | { readonly table: Input }
  | { readonly ids: readonly string[]; read(id: string): Promise<Uint8Array> };

export interface PrecheckOptions {
  /** Asked between cases; `cancelled` is thrown. */
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

export interface ScoreOptions extends PrecheckOptions {
  /** Where masks are measured: in the workers of a pool, many cases at once. The report has the same bytes without. */
  readonly pool?: ScoringPool;
  /** `plain` leaves WebAssembly out where there is no pool; the numbers are the same. */
  readonly engine?: EngineChoice;
}

export interface Precheck {
  readonly ok: boolean;
  /** The first hundred. */
  readonly faults: readonly Fault[];
  readonly faultsTotal: number;
  /** The first hundred. */
  readonly warnings: readonly Fault[];
  readonly warningsTotal: number;
  /** Rows of the table, or files of the archive. */
  readonly entries: number;
}

/** One reported number. */
export interface Component {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  readonly direction: MetricFacts["direction"];
  readonly unit: string;
  /** Null where it is not a finite number, with a warning. Never null for the primary one. */
  readonly value: number | null;
  /**
   * One value per case, in the order of `caseIds`, null for a case that does not count. Absent for metrics that are no
   * mean over cases, such as AUROC.
   */
  readonly perCase?: readonly (number | null)[];
}

export interface ScoreReport {
  readonly primary: Component & { readonly value: number };
  /** All of them, the primary one included, in the manifest's order. */
  readonly components: readonly Component[];
  readonly caseIds: readonly string[];
  /** The first hundred. */
  readonly warnings: readonly Fault[];
  readonly warningsTotal: number;
  readonly versions: {
    /** Of this package. */
    readonly scorer: string;
    /** By the component's key. */
    readonly metrics: Readonly<Record<string, string>>;
    readonly evaluationSplit: string;
  };
}

/** What a task computes of one metric entry. */
export interface Measured {
  readonly value: number;
  /** NaN for a case that does not count. */
  readonly perCase?: Float64Array;
}
