import type { MetricFacts } from "../metric.ts";
import { agreements, type ConfusionMatrix } from "./confusion-matrix.ts";

export const mccFacts: MetricFacts = {
  name: "mcc",
  version: "mcc-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: "Matthews correlation coefficient; with more than two classes Gorodkin's R_K.",
  empty: "No rows: an error. One class only in either column: NaN (scikit-learn says 0).",
  source: "Matthews, BBA 405 (1975) 442–451; Gorodkin, Comput. Biol. Chem. 28 (2004) 367–374.",
};

/** Matthews correlation coefficient of a confusion matrix, −1 … 1. `undefinedIs` replaces 0/0. */
export function mcc(matrix: ConfusionMatrix, undefinedIs = Number.NaN): number {
  const { classes, total, referenceTotals, predictedTotals } = matrix;
  let both = 0;
  let reference = 0;
  let predicted = 0;
  for (let k = 0; k < classes; k++) {
    const t = referenceTotals[k] as number;
    const p = predictedTotals[k] as number;
    both += t * p;
    reference += t * t;
    predicted += p * p;
  }
  const spread = (total * total - reference) * (total * total - predicted);
  if (spread === 0) return undefinedIs;
  return (agreements(matrix) * total - both) / Math.sqrt(spread);
}
