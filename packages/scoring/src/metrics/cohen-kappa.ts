import type { MetricFacts } from "../metric.ts";
import type { ConfusionMatrix } from "./confusion-matrix.ts";

const shared = {
  direction: "higher-is-better",
  unit: "1",
  empty: "No rows: an error. Both columns hold one and the same class: NaN.",
} as const;

export const cohenKappaFacts: MetricFacts = {
  ...shared,
  name: "cohen-kappa",
  version: "cohen-kappa-v1",
  definition: "Agreement beyond chance, every disagreement weighing 1.",
  source: "Cohen, Educ. Psychol. Meas. 20 (1960) 37–46.",
};

export const cohenKappaLinearFacts: MetricFacts = {
  ...shared,
  name: "cohen-kappa-linear",
  version: "cohen-kappa-linear-v1",
  definition: "Agreement beyond chance, disagreements weighing |i − j| over all classes.",
  source: "Cohen, Psychol. Bull. 70 (1968) 213–220.",
};

export const cohenKappaQuadraticFacts: MetricFacts = {
  ...shared,
  name: "cohen-kappa-quadratic",
  version: "cohen-kappa-quadratic-v1",
  definition: "Agreement beyond chance, disagreements weighing (i − j)² over all classes.",
  source: "Cohen, Psychol. Bull. 70 (1968) 213–220.",
};

export type KappaWeights = "none" | "linear" | "quadratic";

function weight(distance: number, weights: KappaWeights): number {
  if (weights === "none") return distance === 0 ? 0 : 1;
  return weights === "linear" ? distance : distance * distance;
}

/** Cohen's κ = 1 − Σ w·observed / Σ w·expected of a confusion matrix. */
export function cohenKappa(matrix: ConfusionMatrix, weights: KappaWeights = "none"): number {
  const { classes, counts, total, referenceTotals, predictedTotals } = matrix;
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) {
      const w = weight(Math.abs(i - j), weights);
      observed += w * (counts[i * classes + j] as number);
      expected += w * (referenceTotals[i] as number) * (predictedTotals[j] as number);
    }
  }
  // whole numbers until the one division
  return (expected - observed * total) / expected;
}
