import type { ScoredBoxes } from "../metrics/boxes.ts";
import { coco } from "../metrics/coco.ts";
import { camelyonRates, froc, frocCurve, luna16Rates, sensitivityAt } from "../metrics/froc.ts";
import { type MapIouRules, mapIou, mapIouV2 } from "../metrics/map-iou.ts";
import { number, type Result, type VectorNumber, type VectorRecord } from "./checks.ts";
import { part, type Suite } from "./suite.ts";

/** Rows of numbers with the image they belong to, as columns; the first number is the score if there are five. */
export function boxColumns(
  rows: readonly { readonly image: number; readonly row: readonly number[] }[],
): ScoredBoxes {
  const at = (fromEnd: number) => rows.map(({ row }) => row.at(-fromEnd) ?? Number.NaN);
  return {
    image: rows.map(({ image }) => image),
    score: rows.map(({ row }) => (row.length === 5 ? (row[0] ?? Number.NaN) : 0)),
    x: at(4),
    y: at(3),
    width: at(2),
    height: at(1),
  };
}

interface RsnaImage extends VectorRecord {
  readonly truth: readonly (readonly number[])[];
  readonly pred: readonly (readonly number[])[];
  readonly score: VectorRecord;
}

const rsnaRules: Record<string, MapIouRules> = {
  greaterEqual: { ...mapIouV2, comparison: "at-least" },
  strictGreater: mapIouV2,
  communityKernel: { ...mapIouV2, comparison: "at-least", matching: "reference" },
};

export const rsnaSuite: Suite = {
  file: "detection/rsna.json",
  check(one) {
    const images = part<RsnaImage[]>(one, "images");
    const truth = boxColumns(images.flatMap(({ truth }, image) => truth.map((row) => ({ image, row }))));
    const pred = boxColumns(images.flatMap(({ pred }, image) => pred.map((row) => ({ image, row }))));
    const totals: Record<string, Result> = {};
    const perImage: Record<string, Result>[] = images.map(() => ({}));
    for (const [name, rules] of Object.entries(rsnaRules)) {
      const result = mapIou(truth, pred, images.length, rules);
      totals[name] = result.value;
      totals.imagesScored = result.imagesScored;
      result.perImage.forEach((score, image) => {
        (perImage[image] as Record<string, Result>)[name] = Number.isNaN(score) ? null : score;
      });
    }
    return {
      expected: { total: part<VectorRecord>(one, "expected"), images: images.map(({ score }) => score) },
      got: { total: totals, images: perImage },
      tolerance: () => 1e-12,
    };
  },
};

interface FrocImage extends VectorRecord {
  readonly lesions: number;
  readonly detections: readonly { readonly score: number; readonly hit: number | null }[];
}

const firstPoints = 40;

export const frocSuite: Suite = {
  file: "detection/froc.json",
  check(one) {
    const images = part<FrocImage[]>(one, "images");
    const lesions = images.map((image) => image.lesions);
    const rows = images.flatMap(({ detections }, image) =>
      detections.map((detection) => ({ image, ...detection })),
    );
    const detections = {
      image: rows.map(({ image }) => image),
      score: rows.map(({ score }) => score),
      hit: rows.map(({ hit }) => hit ?? -1),
    };
    const curve = frocCurve(lesions, detections);
    const summary = (rates: readonly number[]) => ({
      sensitivityAt: rates.map((rate) => sensitivityAt(curve, rate)),
      mean: froc(lesions, detections, rates),
      firstPoints: Array.from(curve.sensitivity, (sensitivity, i) => [
        curve.falsePositivesPerImage[i] ?? Number.NaN,
        sensitivity,
      ]).slice(0, firstPoints),
    });
    return {
      expected: part<VectorRecord>(one, "expected"),
      got: {
        luna16Rates,
        luna16: summary(luna16Rates),
        camelyonRates,
        camelyon: summary(camelyonRates),
      },
      tolerance: () => 1e-12,
    };
  },
};

interface CocoBox extends VectorRecord {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly number[];
  readonly area: VectorNumber;
  readonly iscrowd: VectorNumber;
  readonly score: VectorNumber;
}

export const cocoSuite: Suite = {
  file: "detection/coco.json",
  check(one) {
    const columns = (boxes: readonly CocoBox[]) => ({
      ...boxColumns(boxes.map(({ image_id, bbox }) => ({ image: image_id - 1, row: bbox }))),
      category: boxes.map((box) => box.category_id - 1),
    });
    const truth = part<CocoBox[]>(one, "truth");
    const detections = part<CocoBox[]>(one, "detections");
    const got = coco(
      {
        ...columns(truth),
        area: truth.map(({ area }) => number(area)),
        crowd: truth.map(({ iscrowd }) => number(iscrowd)),
      },
      { ...columns(detections), score: detections.map(({ score }) => number(score)) },
      part<number>(one, "images"),
      part<number>(one, "categories"),
    );
    return {
      expected: part<VectorRecord>(one, "expected"),
      got: {
        AP: got.ap,
        AP50: got.ap50,
        AP75: got.ap75,
        APsmall: got.apSmall,
        APmedium: got.apMedium,
        APlarge: got.apLarge,
        AR1: got.ar1,
        AR10: got.ar10,
        AR100: got.ar100,
        ARsmall: got.arSmall,
        ARmedium: got.arMedium,
        ARlarge: got.arLarge,
        APperCategory: got.apPerCategory,
      },
      tolerance: () => 1e-12,
    };
  },
};
