import { rowSumSlackDefault } from "../columns.ts";
import type { Manifest } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import type { FaultList } from "../faults.ts";
import { type ImageSize, parseRle } from "../masks/rle.ts";
import { makeRuns, type Runs } from "../masks/runs.ts";
import { type BoxColumns, readBoxes } from "./read-boxes.ts";
import { addMissing, type KnownIds, type SubmissionTable } from "./submission-table.ts";

/** The boxes of a submission; ids without any row are faults unless the manifest takes them as empty. */
export function readBoxColumns(
  manifest: Manifest,
  known: KnownIds,
  { table }: SubmissionTable,
  faults: FaultList,
): BoxColumns | undefined {
  const { idColumn, targetColumns } = manifest;
  const [score = "", ...box] = targetColumns;
  if ([idColumn, ...targetColumns].some((name) => table.columns[name]?.length !== table.rows))
    return undefined;
  const { boxes, seen } = readBoxes(table, { images: known.index.size, idColumn, score, box }, faults);
  if (manifest.missingCases === "refuse") addMissing((id) => seen[id] !== 0, known, idColumn, faults);
  return boxes;
}

/** The run-length masks of a submission in the order of the ids; a missing one is an empty mask. */
export function readRuns(
  manifest: Manifest,
  { table, rowOf }: SubmissionTable,
  sizes: readonly ImageSize[],
  faults: FaultList,
): Runs[] {
  const [column = ""] = manifest.targetColumns;
  const texts = table.columns[column] as readonly string[];
  return sizes.map((size, id) => {
    const row = rowOf[id] ?? -1;
    try {
      return parseRle(row < 0 ? "" : (texts[row] ?? ""), size);
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      faults.add(error.code, { row: row + 2, column });
      return makeRuns([], [], size.width * size.height, "row");
    }
  });
}

/** One score per class, row-major in the order of the ids. Rows must sum to 1, give or take four decimals. */
export function readClassScores(
  manifest: Manifest,
  { table, rowOf }: SubmissionTable,
  faults: FaultList,
): Float64Array {
  const columns = manifest.targetColumns.map((name) => table.columns[name] as Float64Array);
  const scores = new Float64Array(rowOf.length * columns.length);
  rowOf.forEach((row, id) => {
    let sum = 0;
    columns.forEach((column, at) => {
      const value = row < 0 ? Number.NaN : (column[row] as number);
      scores[id * columns.length + at] = value;
      sum += value;
    });
    if (Math.abs(sum - 1) > rowSumSlackDefault) faults.add("bad_probability", { row: row + 2 });
  });
  return scores;
}
