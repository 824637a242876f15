import type { Engine } from "../kernels/engine.ts";
import type { Result, Tolerance, VectorRecord, VectorValue } from "./checks.ts";

/** Where the vectors are read from: a folder, or a page's server. */
export interface VectorFiles {
  bytes(path: string): Promise<Uint8Array>;
}

/** One line of a `cases` list. */
export interface VectorCase extends VectorRecord {
  readonly id: string;
  readonly family: string;
}

/** What a case may need beside its own line. */
export interface Surroundings {
  readonly files: VectorFiles;
  /** Computes the segmentation metrics; every engine must give the same numbers. */
  readonly engine: Engine;
}

/** What is to be compared, or, where a case only allows or forbids something, whether that went well. */
export type Outcome =
  | { readonly expected: VectorValue; readonly got: Result; readonly tolerance: Tolerance }
  | { readonly failure: string | undefined; readonly got: Result };

/** How the cases of one file are computed. */
export interface Suite {
  readonly file: string;
  check(one: VectorCase, surroundings: Surroundings): Outcome | Promise<Outcome>;
}

/** For suites that need a part of a case by name; a missing one is a fault of the vectors. */
export function part<Kind>(record: VectorRecord, key: string): Kind {
  if (!(key in record)) throw new TypeError(`The vectors lack "${key}".`);
  return record[key] as Kind;
}
