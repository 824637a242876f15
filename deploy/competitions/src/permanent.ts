import type { BundleWriter } from "./bundle-writer.ts";
import type { Files, Source } from "./source.ts";

/** One of the permanent competitions: how its bundle is made. */
export interface Permanent {
  /** Where its competition.json, dataset.json and README.md lie. */
  readonly folder: string;
  /** `download`: the operator has to fetch the files. */
  readonly from: "download" | "nothing";
  /** What stands in for the download, with what must be said of it; absent where nothing does. */
  readonly madeUp?: MadeUp;
  /** Writes public data, ids, sample submission and holdout. @throws PrepareError for files of another shape */
  prepare(work: Work): Promise<void>;
}

export interface MadeUp {
  files(): Files;
  /** Keys of competition.json and of dataset.json that are otherwise, so that nobody takes it for the real thing. */
  readonly competition: Readonly<Record<string, unknown>>;
  readonly dataset: Readonly<Record<string, unknown>>;
}

export interface Work {
  readonly source: Source;
  readonly bundle: BundleWriter;
  /** Says what was counted in the source. @throws PrepareError unless it is what the source has, or a part will do */
  expect(what: string, found: number, expected: number): void;
}
