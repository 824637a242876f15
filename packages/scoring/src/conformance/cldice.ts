import { clDice } from "../metrics/cldice.ts";
import { maskOf } from "./segmentation.ts";
import { part, type Suite } from "./suite.ts";

export const clDiceSuite: Suite = {
  file: "cldice/cases.json",
  async check(one, { files }) {
    const got = clDice({
      reference: await maskOf(files, `cldice/${one.ref}`),
      prediction: await maskOf(files, `cldice/${one.pred}`),
      referenceSkeleton: await maskOf(files, `cldice/${one.refSkeleton}`),
      predictionSkeleton: await maskOf(files, `cldice/${one.predSkeleton}`),
    });
    return {
      expected: {
        ...part<Record<string, number>>(one, "counts"),
        topologyPrecision: part(one, "topologyPrecision"),
        topologySensitivity: part(one, "topologySensitivity"),
        clDice: part(one, "clDice"),
      },
      got: { ...got },
      tolerance: () => 1e-12,
    };
  },
};
