import type { Manifest, MetricEntry } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { measureBoxes } from "./measure-boxes.ts";
import { measureColumns, type PairedColumns } from "./measure-columns.ts";
import { measureRuns } from "./measure-runs.ts";
import { readBoxColumns, readClassScores, readRuns } from "./read-targets.ts";
import { type KnownIds, readSubmissionTable, type SubmissionTable } from "./submission-table.ts";
import { readTableHoldout, type TableHoldout } from "./table-holdout.ts";
import type { Input, Measured } from "./types.ts";

/** Scores a table against the hidden one. Throws every fault of the submission together. */
export async function scoreTable(
  manifest: Manifest,
  hidden: Input,
  file: Input,
): Promise<{ caseIds: readonly string[]; measured: readonly Measured[] }> {
  const holdout = await readTableHoldout(manifest, hidden);
  const faults = new FaultList();
  const submission = await readSubmissionTable(manifest, hiddenIds(holdout), file, faults);
  const measure = prepare(manifest, holdout, submission, faults);
  faults.throwIfAny();
  if (measure === undefined) throw new ScoringError("csv_empty");
  return { caseIds: holdout.known.ids, measured: manifest.metrics.map(measure) };
}

/** Reads the targets, all their faults included, and answers how to measure one metric of them. */
function prepare(
  manifest: Manifest,
  holdout: TableHoldout,
  submission: SubmissionTable,
  faults: FaultList,
): ((entry: MetricEntry) => Measured) | undefined {
  const { targets, known, reference, events, runs, boxes } = holdout;
  if (targets === "boxes") {
    const predicted = readBoxColumns(manifest, hiddenIds(holdout), submission, faults);
    if (predicted === undefined || boxes === undefined || faults.total > 0) return undefined;
    return (entry) => measureBoxes(entry, manifest, { images: known.size, reference: boxes, predicted });
  }
  if (submission.rowOf.length === 0) return undefined;
  if (targets === "runs") {
    const own = runs ?? [];
    const sizes = own.map(({ pixels }) => ({ width: pixels, height: 1 }));
    const predicted = readRuns(manifest, submission, sizes, faults);
    return (entry) => measureRuns(entry, manifest, own, predicted);
  }
  const predicted =
    targets === "class-scores"
      ? readClassScores(manifest, submission, faults)
      : inOrder(submission, manifest.targetColumns[0] ?? "");
  const columns: PairedColumns = { targets, reference, predicted, ...(events !== undefined && { events }) };
  return (entry) => measureColumns(entry, manifest, columns);
}

/** The holdout may hold ids that are not public, so no fault names one. */
function hiddenIds({ known }: TableHoldout): KnownIds {
  return { index: known, mayBeNamed: false };
}

function inOrder({ table, rowOf }: SubmissionTable, column: string): Float64Array {
  const values = table.columns[column] as Float64Array;
  return Float64Array.from(rowOf, (row) => (row < 0 ? Number.NaN : (values[row] as number)));
}
