import { expect, test } from "bun:test";

import { score } from "../score.ts";
import { manifestOf, text } from "../testing/manifest.ts";

const manifest = manifestOf({
  task: "detection",
  target_columns: ["score", "x", "y", "width", "height"],
  expected_rows: 4,
  metrics: [
    { name: "froc", primary: true, direction: "higher-is-better" },
    { name: "froc", key: "froc_iou", parameters: { iou: 0.9, rates: [0, 1] } },
    { name: "coco-ap", key: "ap50", parameters: { iou: 0.5 } },
    { name: "coco-ar", key: "ar1", parameters: { detections_max: 1 } },
    { name: "coco-ar", key: "ar_large", parameters: { area: "large" } },
    { name: "map_iou", parameters: { thresholds: [0.5] } },
  ],
});
const holdout = { table: text("id,x,y,width,height\na,0,0,10,10\nb,0,0,10,10\nb,50,50,10,10\nc,,,,\n") };
// In b the first box lies one pixel beside the second lesion: IoU 81/119.
const rows = ["a,0.9,0,0,10,10", "b,0.8,51,51,10,10", "b,0.7,200,200,10,10", "c,0.6,0,0,5,5"];

test("froc, COCO's AP and AR and map_iou of four boxes, worked by hand", async () => {
  for (const order of [rows, [...rows].reverse()]) {
    const { components, primary } = await score(
      manifest,
      holdout,
      text(`id,score,x,y,width,height\n${order.join("\n")}\n`),
    );
    const value = (key: string) => components.find((one) => one.key === key)?.value;
    // Two of three lesions before the first false alarm, and no more after it.
    expect(primary.value).toBeCloseTo(2 / 3, 15);
    // The shifted box hits nothing at IoU > 0.9: one of three at any rate.
    expect(value("froc_iou")).toBeCloseTo(1 / 3, 15);
    // Precision 1 up to a recall of 2/3: recall points 0.00 to 0.66.
    expect(value("ap50")).toBeCloseTo(67 / 101, 14);
    // Image a matches at all ten thresholds, b at 0.50 to 0.65.
    expect(value("ar1")).toBeCloseTo(14 / 30, 14);
    expect(value("ar_large")).toBeNull();
    // a: 1; b: 1 / (1 + 1 + 1); c: 0.
    expect(value("map_iou")).toBeCloseTo(4 / 9, 15);
  }
});

test("a centre in two lesions hits the one it overlaps more, and another detection may have the other", async () => {
  const hidden = { table: text("id,x,y,width,height\na,0,0,100,100\na,40,40,20,20\n") };
  const two = { ...manifest, expectedRows: 2, metrics: manifest.metrics.slice(0, 1) };
  const file = text("id,score,x,y,width,height\na,0.9,41,41,18,18\na,0.8,0,0,90,90\n");
  expect((await score(two, hidden, file)).primary.value).toBe(1);
  const same = text("id,score,x,y,width,height\na,0.9,41,41,18,18\na,0.8,42,42,16,16\n");
  expect((await score(two, hidden, same)).primary.value).toBe(0.5);
});

test("a box that would overflow is refused by its row, not by the metric", async () => {
  const file = text("id,score,x,y,width,height\na,0.9,1e308,0,1e308,1e-10\nb,,,,,\nc,,,,,\n");
  const error = await score(manifest, holdout, file).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "bad_box", where: { row: 2 } });
});
