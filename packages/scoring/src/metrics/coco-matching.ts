import { type BoxTable, overlap } from "./boxes.ts";

/** Smallest and largest area, both included. */
export type AreaRange = readonly [number, number];

export interface CocoInput {
  readonly images: number;
  readonly categories: number;
  readonly truth: BoxTable;
  readonly area: Float64Array;
  readonly crowd: Uint8Array;
  readonly detections: BoxTable;
  readonly scores: Float64Array;
  /** Boxes by category · images + image; the detections by descending score. */
  readonly truthCells: ReadonlyMap<number, readonly number[]>;
  readonly detectionCells: ReadonlyMap<number, readonly number[]>;
}

/** `ignored` counts neither way: it matched a crowd or an object outside the area range, or is itself outside. */
export type Outcome = "hit" | "miss" | "ignored";

export interface ImageMatches {
  /** Objects that count for recall. */
  readonly countable: number;
  readonly scores: readonly number[];
  /** Per IoU threshold, one outcome per detection. */
  readonly outcomes: readonly (readonly Outcome[])[];
}

/** pycocotools matches among the best `matchedMax` detections of an image, then keeps the best `keptMax` of them. */
export function matchImage(
  input: CocoInput,
  cell: number,
  area: AreaRange,
  thresholds: readonly number[],
  keptMax: number,
  matchedMax: number,
): ImageMatches {
  const found = (input.detectionCells.get(cell) ?? []).slice(0, matchedMax);
  const objects = input.truthCells.get(cell) ?? [];
  const outside = (size: number) => size < area[0] || size > area[1];
  const ignored = (object: number) => input.crowd[object] === 1 || outside(input.area[object] as number);
  // what counts comes first, both parts in the order given
  const sorted = [...objects.filter((one) => !ignored(one)), ...objects.filter(ignored)];
  const countable = objects.filter((one) => !ignored(one)).length;
  const ious = found.map((one) =>
    sorted.map((object) => overlap(input.detections, one, input.truth, object, input.crowd[object] === 1)),
  );
  const tooLargeOrSmall = found.map((one) => {
    const corners = input.detections.corners;
    return outside((corners[4 * one + 2] as number) * (corners[4 * one + 3] as number));
  });

  const outcomes = thresholds.map((threshold) => {
    const taken = sorted.map(() => false);
    return found.slice(0, keptMax).map((_, i): Outcome => {
      let best = Math.min(threshold, 1 - 1e-10);
      let match = -1;
      for (let j = 0; j < sorted.length; j++) {
        const crowd = input.crowd[sorted[j] as number] === 1;
        if (taken[j] === true && !crowd) continue;
        // once something that counts is matched, what does not count cannot take over
        if (match >= 0 && match < countable && j >= countable) break;
        const iou = ious[i]?.[j] ?? 0;
        if (iou < best) continue;
        best = iou;
        match = j;
      }
      if (match < 0) return tooLargeOrSmall[i] === true ? "ignored" : "miss";
      taken[match] = true;
      return match >= countable ? "ignored" : "hit";
    });
  });
  return { countable, scores: found.slice(0, keptMax).map((one) => input.scores[one] as number), outcomes };
}
