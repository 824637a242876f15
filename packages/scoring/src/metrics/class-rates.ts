import { agreements, type ConfusionMatrix } from "./confusion-matrix.ts";

/** One class against the rest: its four counts. */
export interface BinaryCounts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/** Rates of one class against the rest. A rate whose denominator is 0 is NaN. */
export interface ClassRates extends BinaryCounts {
  /** TP / (TP + FP), also called positive predictive value. */
  readonly precision: number;
  /** TP / (TP + FN), also called sensitivity. */
  readonly recall: number;
  /** TN / (TN + FP). */
  readonly specificity: number;
  /** TN / (TN + FN). */
  readonly npv: number;
  /** 2TP / (2TP + FP + FN). */
  readonly f1: number;
  /** How often the class occurs in the reference. */
  readonly support: number;
}

export function ratesOf({ tp, fp, fn, tn }: BinaryCounts): ClassRates {
  return {
    tp,
    fp,
    fn,
    tn,
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    specificity: tn / (tn + fp),
    npv: tn / (tn + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
    support: tp + fn,
  };
}

/** The rates of every class. */
export function classRates(matrix: ConfusionMatrix): ClassRates[] {
  const { classes, counts, total, referenceTotals, predictedTotals } = matrix;
  return Array.from({ length: classes }, (_, k) => {
    const tp = counts[k * classes + k] as number;
    const fn = (referenceTotals[k] as number) - tp;
    const fp = (predictedTotals[k] as number) - tp;
    return ratesOf({ tp, fp, fn, tn: total - tp - fn - fp });
  });
}

export const averages = ["macro", "micro", "weighted"] as const;
export type Average = (typeof averages)[number];

/**
 * Precision, recall or F1 over the classes, with scikit-learn's `zero_division=0`: a rate whose denominator is 0
 * counts as 0. `macro` is the plain mean over all classes of the matrix, `weighted` by support, `micro` from pooled
 * counts (which makes all three equal to accuracy). `presentOnly` leaves classes out of the macro mean that occur in
 * neither column.
 */
export function averageRate(
  matrix: ConfusionMatrix,
  rate: "precision" | "recall" | "f1",
  average: Average,
  presentOnly = false,
): number {
  if (average === "micro") return agreements(matrix) / matrix.total;
  let sum = 0;
  let weights = 0;
  for (const one of classRates(matrix)) {
    if (presentOnly && one.tp + one.fn + one.fp === 0) continue;
    const weight = average === "weighted" ? one.support : 1;
    sum += weight * (Number.isNaN(one[rate]) ? 0 : one[rate]);
    weights += weight;
  }
  return sum / weights;
}

/** Labels from scores: 1 where the score is at least `threshold`. */
export function atThreshold(scores: ArrayLike<number>, threshold: number): Uint8Array {
  const labels = new Uint8Array(scores.length);
  for (let i = 0; i < scores.length; i++) labels[i] = (scores[i] as number) >= threshold ? 1 : 0;
  return labels;
}
