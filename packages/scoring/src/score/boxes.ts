import type { FaultList } from "../faults.ts";
import type { ScoredBoxes } from "../metrics/boxes.ts";
import type { Table } from "../tables/table.ts";

/** Boxes by image number, with the row in the file that each came from. */
export interface BoxColumns extends ScoredBoxes {
  readonly rows: Int32Array;
}

/**
 * Boxes of a table with many rows per id: score, x, y, width, height, all five given, or one row with all of them
 * empty for an image in which nothing was found. In a holdout there is no score column.
 */
export function readBoxes(
  table: Table,
  idColumn: string,
  columns: { readonly score?: string; readonly box: readonly string[] },
  faults: FaultList,
): { boxes: BoxColumns; seen: Int32Array } {
  const ids = table.columns[idColumn] as Int32Array;
  const names = columns.score === undefined ? columns.box : [columns.score, ...columns.box];
  const values = names.map((name) => table.columns[name] as Float64Array);
  const [x, y, width, height] = values.slice(-4) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const score = columns.score === undefined ? undefined : values[0];
  const empty = new Map<number, number>();
  const kept: number[] = [];
  const images = new Set<number>();
  ids.forEach((id, at) => {
    const row = at + 2;
    const given = values.filter((column) => !Number.isNaN(column[at])).length;
    if (given === 0) {
      if (empty.has(id) || images.has(id)) faults.add("id_duplicate", { row, column: idColumn });
      empty.set(id, row);
      return;
    }
    if (given < values.length) faults.add("value_not_box", { row });
    else if (!((width[at] as number) > 0) || !((height[at] as number) > 0)) faults.add("bad_box", { row });
    else if (!Number.isFinite((width[at] as number) * (height[at] as number))) faults.add("bad_box", { row });
    else if (empty.has(id)) faults.add("value_not_box", { row }, "The same id also has a row without a box.");
    else if (id >= 0) kept.push(at);
    images.add(id);
  });
  const pick = (column: Float64Array) => Float64Array.from(kept, (at) => column[at] as number);
  const boxes = {
    image: Int32Array.from(kept, (at) => ids[at] as number),
    x: pick(x),
    y: pick(y),
    width: pick(width),
    height: pick(height),
    score: score === undefined ? new Float64Array(kept.length) : pick(score),
    rows: Int32Array.from(kept, (at) => at + 2),
  };
  const seen = [...new Set([...images, ...empty.keys()])].filter((id) => id >= 0);
  return { boxes, seen: Int32Array.from(seen) };
}
