import { differences, type Numbers } from "../columns.ts";
import { normalTail } from "./normal.ts";
import { averageRanks } from "./order.ts";

export interface Wilcoxon {
  /** Pairs that differ; the others are left out, as Wilcoxon did. */
  readonly pairs: number;
  /** Sum of the ranks of |b − a| where b > a, and where b < a. */
  readonly ranksUp: number;
  readonly ranksDown: number;
  /** Two-sided; 1 if no pair differs. */
  readonly pValue: number;
  readonly method: "exact" | "normal";
}

/** Up to this many differing pairs the distribution is counted out, ties included. */
export const exactPairsMax = 200;

/**
 * Wilcoxon's signed-rank test of paired columns. Ties share the mean of their ranks; the exact distribution is that of
 * all signs given these ranks. Beyond `exactPairsMax` pairs normal with tie correction, without continuity correction.
 * Source: Wilcoxon, Biometrics Bull. 1 (1945) 80–83; Hollander & Wolfe, Nonparametric Statistical Methods, 3.1.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`.
 */
export function wilcoxon(a: Numbers, b: Numbers): Wilcoxon {
  const changes = differences(a, b).filter((d) => d !== 0);
  const ranks = averageRanks(changes.map(Math.abs));
  let ranksUp = 0;
  changes.forEach((change, i) => {
    if (change > 0) ranksUp += ranks[i] as number;
  });
  const pairs = changes.length;
  const total = (pairs * (pairs + 1)) / 2;
  const ranksDown = total - ranksUp;
  const smaller = Math.min(ranksUp, ranksDown);
  const method = pairs <= exactPairsMax ? "exact" : "normal";
  const pValue = method === "exact" ? exactPValue(ranks, smaller) : normalPValue(ranks, smaller);
  return { pairs, ranksUp, ranksDown, pValue, method };
}

/** 2·P(W ≤ smaller) by counting sign patterns; doubled ranks are whole numbers even with ties. */
function exactPValue(ranks: Float64Array, smaller: number): number {
  const total = ranks.length * (ranks.length + 1);
  const chance = new Float64Array(total + 1);
  chance[0] = 1;
  let reach = 0;
  for (const rank of ranks) {
    const step = 2 * rank;
    for (let sum = reach + step; sum >= 0; sum--) {
      const without = chance[sum] as number;
      const withIt = sum >= step ? (chance[sum - step] as number) : 0;
      chance[sum] = (without + withIt) / 2;
    }
    reach += step;
  }
  let tail = 0;
  for (let sum = 0; sum <= 2 * smaller; sum++) tail += chance[sum] as number;
  return Math.min(1, 2 * tail);
}

function normalPValue(ranks: Float64Array, smaller: number): number {
  const n = ranks.length;
  // Σ rank² / 4 holds the tie correction already
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  const z = ((n * (n + 1)) / 4 - smaller) / Math.sqrt(variance);
  return Math.min(1, 2 * normalTail(z));
}
