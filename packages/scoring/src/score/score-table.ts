import type { Manifest, MetricEntry } from "../competition.ts";
import { faultsError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { runCounts } from "../masks/runs.ts";
import { type MapIouRules, mapIou, mapIouV1, mapIouV2 } from "../metrics/map-iou.ts";
import { measureColumns, type PairedColumns } from "./columns-metrics.ts";
import { readTableHoldout, type TableHoldout } from "./holdout.ts";
import { ofNothing, overlapMetrics, worst } from "./mask-metrics.ts";
import { readBoxColumns, readClassScores, readRuns } from "./read-targets.ts";
import { meanOfCases } from "./report.ts";
import { type KnownIds, readSubmissionTable, type SubmissionTable } from "./submission-table.ts";
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
  if (faults.total > 0 || measure === undefined) throw faultsError(faults.kept);
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
    const given = readBoxColumns(manifest, hiddenIds(holdout), submission, faults);
    if (given === undefined || boxes === undefined || faults.total > 0) return undefined;
    return (entry) => {
      const { value, perImage } = mapIou(boxes, given, known.size, mapIouRules(manifest, entry));
      return { value, perCase: perImage };
    };
  }
  if (submission.rowOf.length === 0) return undefined;
  if (targets === "runs") {
    const sizes = (runs ?? []).map(({ pixels }) => ({ width: pixels, height: 1 }));
    const given = readRuns(manifest, submission, sizes, faults);
    return (entry) => {
      const perCase = Float64Array.from(runs ?? [], (own, id) => {
        const { tp, fp, fn } = runCounts(own, given[id] ?? own);
        const flat = { shape: [own.pixels], spacing: [1] };
        if (tp + fp + fn === 0) return ofNothing(entry, manifest, flat);
        const value =
          overlapMetrics[entry.name]?.({ tp, fp, fn, tn: own.pixels - tp - fp - fn }) ?? Number.NaN;
        return Number.isFinite(value) ? value : worst(entry, flat);
      });
      return { value: meanOfCases(perCase), perCase };
    };
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

/** The published rules, with the manifest's own thresholds and rule for images without any box. */
function mapIouRules(manifest: Manifest, entry: MetricEntry): MapIouRules {
  const { thresholds } = entry.parameters;
  const own = Array.isArray(thresholds) ? { thresholds } : {};
  if (entry.version === "map_iou-v1") return { ...mapIouV1, ...own };
  const bothEmpty = ({ perfect: 1, zero: 0, "leave-out": "leave-out" } as const)[manifest.emptyCases];
  return { ...mapIouV2, bothEmpty, ...own };
}
