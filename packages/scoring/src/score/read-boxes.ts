import type { FaultList } from "../faults.ts";
import { isBox, type ScoredBoxes } from "../metrics/boxes.ts";
import type { Table } from "../tables/table.ts";

/** Boxes by image number. */
export interface BoxColumns extends ScoredBoxes {
  readonly image: Int32Array;
  readonly width: Float64Array;
  readonly height: Float64Array;
}

interface BoxLayout {
  readonly images: number;
  /** Holds image numbers, −1 for one that is not known. */
  readonly idColumn: string;
  /** A holdout has none. */
  readonly score?: string;
  /** x, y, width, height. */
  readonly box: readonly string[];
}

const unseen = 0;
const withBoxes = 1;
const withoutBoxes = 2;

/**
 * Boxes of a table with many rows per id: score, x, y, width, height, all five given, or one row with all of them
 * empty for an image in which nothing was found. `seen` tells which images have a row.
 */
export function readBoxes(
  table: Table,
  { images, idColumn, score, box }: BoxLayout,
  faults: FaultList,
): { boxes: BoxColumns; seen: Uint8Array } {
  const ids = table.columns[idColumn] as Int32Array;
  const numbers = (name: string) => table.columns[name] as Float64Array;
  const [x, y, width, height] = box.map(numbers) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const scores = score === undefined ? new Float64Array(ids.length) : numbers(score);
  const values = score === undefined ? [x, y, width, height] : [scores, x, y, width, height];
  const seen = new Uint8Array(images);
  const kept: number[] = [];
  ids.forEach((id, at) => {
    const row = at + 2;
    const missing = values.filter((column) => Number.isNaN(column[at])).length;
    if (missing === values.length) {
      if (id >= 0 && seen[id] !== unseen) faults.add("id_duplicate", { row, column: idColumn });
      if (id >= 0) seen[id] = withoutBoxes;
      return;
    }
    if (missing > 0) faults.add("value_not_box", { row });
    else if (!isBox(x[at] as number, y[at] as number, width[at] as number, height[at] as number))
      faults.add("bad_box", { row });
    else if (id >= 0 && seen[id] === withoutBoxes)
      faults.add("value_not_box", { row }, "The same id also has a row without a box.");
    else if (id >= 0) kept.push(at);
    if (id >= 0 && seen[id] === unseen) seen[id] = withBoxes;
  });
  const pick = (column: Float64Array) => Float64Array.from(kept, (at) => column[at] as number);
  const boxes = {
    image: Int32Array.from(kept, (at) => ids[at] as number),
    score: pick(scores),
    x: pick(x),
    y: pick(y),
    width: pick(width),
    height: pick(height),
  };
  return { boxes, seen };
}
