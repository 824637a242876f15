import {
  type Connectivity,
  connectedComponents,
  type Instances,
  mapInstances,
} from "../kernels/instances.ts";
import { lesionDetection } from "../metrics/lesion-detection.ts";
import { panopticQuality } from "../metrics/panoptic-quality.ts";
import type { Result, Tolerance, VectorRecord } from "./checks.ts";
import { maskOf } from "./segmentation.ts";
import { part, type Suite } from "./suite.ts";

const ratios: Tolerance = (path) => (/\.(rq|sq|pq|sensitivity|precision|f1)$/.test(path) ? 1e-12 : 0);

function sizesOf({ sizes }: Instances): Result {
  return { count: sizes.length, sizes: [...sizes].sort((a, b) => b - a) };
}

/** Each result as a plain record. */
function pairResult(reference: Instances, prediction: Instances): Record<string, Result> {
  return {
    pq: { ...panopticQuality(reference, prediction) },
    anyOverlap: { ...lesionDetection(reference, prediction) },
  };
}

export const instancesSuite: Suite = {
  file: "instances/cases.json",
  async check(one, { files, engine }) {
    const shape = part<number[]>(one, "shape");
    const reference = await maskOf(files, `instances/${one.ref}`);
    const prediction = await maskOf(files, `instances/${one.pred}`);
    const expected = part<VectorRecord>(one, "byConnectivity");
    const got = Object.keys(expected).map((key) => {
      const connectivity = Number(key) as Connectivity;
      const ref = connectedComponents(engine, reference, shape, connectivity);
      const pred = connectedComponents(engine, prediction, shape, connectivity);
      return [
        key,
        {
          ref: sizesOf(ref),
          pred: sizesOf(pred),
          ...pairResult(ref, pred),
          pqAtOrAbove50: { ...panopticQuality(ref, pred, { inclusive: true }) },
          greedyIou25: { ...panopticQuality(ref, pred, { iou: 0.25, inclusive: true }) },
          greedyIou10: { ...panopticQuality(ref, pred, { iou: 0.1, inclusive: true }) },
        },
      ] as const;
    });
    return { expected, got: Object.fromEntries(got), tolerance: ratios };
  },
};

export const instanceMapsSuite: Suite = {
  file: "instance-maps/cases.json",
  async check(one, { files }) {
    const shape = part<number[]>(one, "shape");
    const reference = mapInstances(await maskOf(files, `instance-maps/${one.ref}`), shape);
    const prediction = mapInstances(await maskOf(files, `instance-maps/${one.pred}`), shape);
    return {
      expected: { pq: part<VectorRecord>(one, "pq"), anyOverlap: part<VectorRecord>(one, "anyOverlap") },
      got: pairResult(reference, prediction),
      tolerance: ratios,
    };
  },
};
