import type { Manifest, MetricEntry } from "../competition.ts";
import type { Boxes } from "../metrics/boxes.ts";
import { type CocoRules, cocoAp, cocoAr } from "../metrics/coco.ts";
import { froc } from "../metrics/froc.ts";
import { lesionHits } from "../metrics/lesion-hits.ts";
import { type MapIouRules, mapIou, mapIouV1, mapIouV1Facts, mapIouV2 } from "../metrics/map-iou.ts";
import type { BoxColumns } from "./read-boxes.ts";
import type { Measured } from "./types.ts";

export interface PairedBoxes {
  readonly images: number;
  readonly reference: BoxColumns;
  readonly predicted: BoxColumns;
}

/** One metric of boxes. Only `map_iou` is a mean over images; the others pool the detections of all of them. */
export function measureBoxes(entry: MetricEntry, manifest: Manifest, boxes: PairedBoxes): Measured {
  const { images, reference, predicted } = boxes;
  if (entry.name === "map_iou") {
    const { value, perImage } = mapIou(reference, predicted, images, mapIouRules(manifest, entry));
    return { value, perCase: perImage };
  }
  const { iou, rates } = entry.parameters as { iou?: number; rates?: readonly number[] };
  if (entry.name === "froc") {
    const { lesions, hit } = lesionHits(reference, predicted, images, iou);
    return { value: froc(lesions, { image: predicted.image, score: predicted.score, hit }, rates) };
  }
  const measure = entry.name === "coco-ap" ? cocoAp : cocoAr;
  const value = measure(
    cocoTruth(reference),
    { ...predicted, category: zeros(predicted) },
    images,
    1,
    cocoRules(entry),
  );
  return { value: value < 0 ? Number.NaN : value };
}

/** The published rules, with the manifest's own thresholds and rule for images without any box. */
function mapIouRules(manifest: Manifest, entry: MetricEntry): MapIouRules {
  const { thresholds } = entry.parameters as { thresholds?: readonly number[] };
  const own = thresholds === undefined ? {} : { thresholds };
  if (entry.version === mapIouV1Facts.version) return { ...mapIouV1, ...own };
  const bothEmpty = ({ perfect: 1, zero: 0, "leave-out": "leave-out" } as const)[manifest.emptyCases];
  return { ...mapIouV2, bothEmpty, ...own };
}

function cocoRules({ parameters }: MetricEntry): CocoRules {
  const { area, iou, detections_max: detectionsMax } = parameters;
  return {
    ...(area !== undefined && { area: area as NonNullable<CocoRules["area"]> }),
    ...(typeof iou === "number" && { iou }),
    ...(typeof detectionsMax === "number" && { detectionsMax }),
  };
}

/** Boxes of one category, none of them a crowd, each as large as its box. */
function cocoTruth(boxes: BoxColumns) {
  const area = boxes.width.map((width, at) => width * (boxes.height[at] as number));
  return { ...boxes, area, category: zeros(boxes), crowd: zeros(boxes) };
}

function zeros({ image }: Boxes): Uint8Array {
  return new Uint8Array(image.length);
}
