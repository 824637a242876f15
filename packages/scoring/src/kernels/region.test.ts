import { describe, expect, test } from "bun:test";

import { buildKernels } from "../../build-kernels.ts";
import { onlyLabels } from "../images/mask.ts";
import { seededRandom } from "../statistics/random.ts";
import { chooseEngine, type EngineChoice } from "./choose-engine.ts";
import { Comparison } from "./comparison.ts";
import { connectedComponents } from "./instances.ts";
import { emptyVolume, regionVolume } from "./region.ts";
import { checkShape, packVolume } from "./volumes.ts";

await buildKernels();
const random = seededRandom("regions").unit;

/** Stretches of one label, long ones and single voxels, up to `most`. */
function picture(count: number, most: number): Uint16Array {
  const labels = new Uint16Array(count);
  for (let at = 0; at < count; ) {
    const next = at + 1 + Math.floor(200 * random() ** 3);
    labels.fill(random() < 0.4 ? 0 : Math.floor((most + 1) * random()), at, next);
    at = next;
  }
  return labels;
}

describe.each<EngineChoice>(["plain", "auto"])(
  "some labels of a packed volume as one, engine %s",
  (choice) => {
    test("measure as the same labels do in an array", async () => {
      const engine = await chooseEngine(choice);
      for (const sides of [
        [130, 7, 5],
        [64, 9],
        [300, 4, 3],
        [5, 6, 7],
      ]) {
        const shape = checkShape(sides);
        const count = sides.reduce((product, n) => product * n, 1);
        for (const chosen of [[1], [2, 3], [1, 3, 700], [9]]) {
          const mark = engine.arena.mark();
          const [a, b] = [picture(count, 3), picture(count, 3)];
          a[count - 1] = 700;
          const [packedA, packedB] = [
            packVolume(engine, shape, a, "a"),
            packVolume(engine, shape, Uint8Array.from(b), "b"),
          ];
          const pair = {
            reference: regionVolume(engine, packedA, shape, chosen),
            prediction: regionVolume(engine, packedB, shape, chosen),
          };
          const arrays = { reference: onlyLabels(a, chosen), prediction: onlyLabels(b, chosen) };
          const spacing = sides.map((_, axis) => 1 + axis / 4);
          const [ours, expected] = [pair, arrays].map((masks) => {
            const comparison = new Comparison(engine, { shape, ...masks });
            const connectivity = sides.length === 2 ? 8 : 26;
            return {
              labels: comparison.labels,
              counts: comparison.counts(1),
              surfaces: comparison.surfaces(1, "surfel", spacing),
              objects: connectedComponents(engine, masks.reference, shape, connectivity),
            };
          });
          expect(ours).toEqual(expected as typeof ours);
          engine.arena.release(mark);
        }
      }
    });

    test("nothing is an image without labels, whatever the memory held before", async () => {
      const engine = await chooseEngine(choice);
      const shape = checkShape([70, 3, 2]);
      const mark = engine.arena.mark();
      const used = engine.arena.allocate(1 << 16);
      engine.arena.views.u8.fill(255, used);
      engine.arena.release(mark);
      const reference = emptyVolume(engine, shape);
      const prediction = packVolume(engine, shape, new Uint8Array(420).fill(1), "labels");
      const comparison = new Comparison(engine, { shape, reference, prediction });
      expect(comparison.counts(0)).toEqual({ tp: 0, fp: 420, fn: 0, tn: 0 });
    });
  },
);
