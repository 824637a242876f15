import { ScoringError } from "../errors.ts";
import { type Boxes, boxTable, byImage, overlap } from "./boxes.ts";

/** What `froc` needs to know of boxes: how many lesions each image has, and which one each detection hits. */
export interface LesionHits {
  readonly lesions: Uint32Array;
  /** The lesion's number within its image, in the order given, or −1. */
  readonly hit: Int32Array;
}

/**
 * Which lesion each detection hits. A detection is a point, the centre of its box, and hits the lesion whose box it
 * lies in, borders included (LUNA16, CAMELYON16); with an IoU given it hits where the boxes overlap by more. Of several
 * lesions the one with the largest IoU, then the first.
 * @throws ScoringError `bad_box`, `bad_label`, `length_mismatch`, `bad_argument`.
 */
export function lesionHits(reference: Boxes, predicted: Boxes, images: number, iou?: number): LesionHits {
  if (iou !== undefined && !(iou >= 0 && iou <= 1)) {
    throw new ScoringError("bad_argument", `${iou} is not an IoU.`, { argument: "iou" });
  }
  const wanted = boxTable(reference, images, "reference");
  const given = boxTable(predicted, images, "predicted");
  const { starts, order } = byImage(wanted.image, images);
  const hit = new Int32Array(given.count).fill(-1);
  for (let i = 0; i < given.count; i++) {
    const image = given.image[i] as number;
    const first = starts[image] as number;
    let best = -1;
    for (let at = first; at < (starts[image + 1] as number); at++) {
      const box = order[at] as number;
      const shared = overlap(given, i, wanted, box);
      const isHit = iou === undefined ? centreInside(given.corners, i, wanted.corners, box) : shared > iou;
      if (!isHit || shared <= best) continue;
      best = shared;
      hit[i] = at - first;
    }
  }
  return {
    lesions: Uint32Array.from({ length: images }, (_, i) => (starts[i + 1] ?? 0) - (starts[i] ?? 0)),
    hit,
  };
}

function centreInside(a: Float64Array, i: number, b: Float64Array, j: number): boolean {
  const x = (a[4 * i] as number) + (a[4 * i + 2] as number) / 2 - (b[4 * j] as number);
  const y = (a[4 * i + 1] as number) + (a[4 * i + 3] as number) / 2 - (b[4 * j + 1] as number);
  return x >= 0 && y >= 0 && x <= (b[4 * j + 2] as number) && y <= (b[4 * j + 3] as number);
}
