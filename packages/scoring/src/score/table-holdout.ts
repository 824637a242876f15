import type { Manifest } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { parseRle } from "../masks/rle.ts";
import type { Runs } from "../masks/runs.ts";
import type { Column } from "../tables/columns.ts";
import { IdIndex } from "../tables/ids.ts";
import type { Table } from "../tables/table.ts";
import { type BoxColumns, readBoxes } from "./read-boxes.ts";
import { readTableFile, type TableTargets, tableTargets } from "./submission-table.ts";
import type { Input } from "./types.ts";

/** The reference of a table competition, in the holdout's order of ids. */
export interface TableHoldout {
  readonly targets: TableTargets;
  readonly known: IdIndex;
  /** One number per id: label, value or time. Empty for boxes and masks. */
  readonly reference: Float64Array;
  readonly events?: Float64Array;
  readonly runs?: readonly Runs[];
  readonly boxes?: BoxColumns;
}

/**
 * Reads the hidden table: the id and, by task, the target column (`label` where a submission has one column per class),
 * `time` and `event`, the mask with `width` and `height`, or the four columns of a box (empty for none).
 * @throws ScoringError `holdout_invalid`; where, but never what.
 */
export async function readTableHoldout(manifest: Manifest, file: Input): Promise<TableHoldout> {
  const targets = tableTargets(manifest);
  const { idColumn } = manifest;
  const limits = { ...manifest.limits, bytesMax: Number.MAX_SAFE_INTEGER, casesMax: 1e8 };
  const columns = { [idColumn]: { kind: "text" } as Column, ...holdoutColumns(manifest, targets) };
  const table = await readTableFile({ ...manifest, limits }, file, columns);
  const [first] = table.faults;
  if (first !== undefined) throw invalid(first.where.row, first.where.column, first.message);
  if (table.rows !== manifest.expectedRows) {
    throw invalid(undefined, undefined, "Its number of rows is not the one that the manifest expects.");
  }
  const texts = table.columns[idColumn] as readonly string[];
  const unique = targets === "boxes" ? [...new Set(texts)] : texts;
  const known = index(unique, idColumn);
  const numbers = (name: string) => table.columns[name] as Float64Array;
  const [target = "label"] = manifest.targetColumns;
  if (targets === "boxes") {
    return { targets, known, reference: new Float64Array(0), boxes: holdoutBoxes(manifest, table, known) };
  }
  if (targets === "runs")
    return { targets, known, reference: new Float64Array(0), runs: holdoutRuns(table, target) };
  if (targets === "risk") return { targets, known, reference: numbers("time"), events: numbers("event") };
  return { targets, known, reference: numbers(targets === "class-scores" ? "label" : target) };
}

function holdoutColumns(manifest: Manifest, targets: TableTargets): Record<string, Column> {
  const [target = "label"] = manifest.targetColumns;
  const number: Column = { kind: "number" };
  const label: Column = { kind: "number", whole: true, min: 0, max: (manifest.classes ?? 2) - 1 };
  const size: Column = { kind: "number", whole: true, min: 1, max: 100_000 };
  if (targets === "labels" || targets === "scores") return { [target]: label };
  if (targets === "class-scores") return { label };
  if (targets === "risk") return { time: number, event: { kind: "number", whole: true, min: 0, max: 1 } };
  if (targets === "runs")
    return { [target]: { kind: "text", emptyAllowed: true }, width: size, height: size };
  if (targets === "numbers") return { [target]: number };
  const box: Column = { kind: "number", emptyAllowed: true };
  return Object.fromEntries(manifest.targetColumns.slice(1).map((name) => [name, box]));
}

function holdoutRuns(table: Table, target: string): Runs[] {
  const [width, height] = [table.columns.width as Float64Array, table.columns.height as Float64Array];
  return (table.columns[target] as readonly string[]).map((text, at) => {
    try {
      return parseRle(text, { width: width[at] as number, height: height[at] as number });
    } catch (error) {
      if (error instanceof ScoringError) throw invalid(at + 2, target, error.message);
      throw error;
    }
  });
}

function holdoutBoxes(manifest: Manifest, table: Table, known: IdIndex): BoxColumns {
  const { idColumn, targetColumns } = manifest;
  const ids = Int32Array.from(table.columns[idColumn] as readonly string[], (id) => known.findText(id));
  const faults = new FaultList();
  const withIds = { ...table, columns: { ...table.columns, [idColumn]: ids } };
  const layout = { images: known.size, idColumn, box: targetColumns.slice(1) };
  const { boxes } = readBoxes(withIds, layout, faults);
  const [first] = faults.kept;
  if (first !== undefined) throw invalid(first.where.row, first.where.column, first.message);
  return boxes;
}

function index(ids: readonly string[], column: string): IdIndex {
  try {
    return new IdIndex(ids);
  } catch (error) {
    if (error instanceof ScoringError) throw invalid((error.where.index ?? 0) + 2, column, error.message);
    throw error;
  }
}

function invalid(row: number | undefined, column: string | undefined, message: string): ScoringError {
  const where = {
    file: "holdout",
    ...(row !== undefined && { row }),
    ...(column !== undefined && { column }),
  };
  return new ScoringError("holdout_invalid", message, where);
}
