import { onlyLabels } from "../images/mask.ts";
import { bratsLesionWise, bratsRegions, bratsRules } from "../metrics/brats-lesion-wise.ts";
import type { Result, VectorRecord } from "./checks.ts";
import { maskOf } from "./segmentation.ts";
import { part, type Suite } from "./suite.ts";

export const bratsSuite: Suite = {
  file: "brats/cases.json",
  async check(one, { files, engine }) {
    const shape = part<number[]>(one, "shape");
    const spacing = part<number[]>(one, "spacing");
    const reference = await maskOf(files, `brats/${one.ref}`);
    const prediction = await maskOf(files, `brats/${one.pred}`);
    const got: Record<string, Record<string, Result>> = {};
    for (const [challenge, rules] of Object.entries(bratsRules)) {
      const regions: Record<string, Result> = {};
      for (const [region, labels] of Object.entries(bratsRegions)) {
        const masks = {
          shape,
          spacing,
          reference: onlyLabels(reference, labels),
          prediction: onlyLabels(prediction, labels),
        };
        regions[region] = { ...bratsLesionWise(engine, masks, rules) };
      }
      got[challenge] = regions;
    }
    return {
      expected: part<VectorRecord>(one, "expected"),
      got,
      tolerance: (path) => (path.includes("HD95") ? 1e-9 : path.includes("Num_") ? 0 : 1e-12),
    };
  },
};
