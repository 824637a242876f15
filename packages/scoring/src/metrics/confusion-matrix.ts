import { classCount, labelColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";

/** Counts of every (reference, predicted) pair, row-major: `counts[reference * classes + predicted]`. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Float64Array;
  /** Number of rows that were counted. */
  readonly total: number;
  /** How often each class occurs in the reference, and in the prediction. */
  readonly referenceTotals: Float64Array;
  readonly predictedTotals: Float64Array;
}

/**
 * The confusion matrix of two columns of labels 0 … classes − 1. Without `classes`, one more than the largest label
 * that occurs in either.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `bad_argument`.
 */
export function confusionMatrix(reference: Numbers, predicted: Numbers, classes?: number): ConfusionMatrix {
  sameLength(reference, predicted, "predicted");
  const limit = classes === undefined ? undefined : classCount(classes);
  const rows = labelColumn(reference, "reference", limit);
  const columns = labelColumn(predicted, "predicted", limit);
  let largest = 0;
  for (let i = 0; i < rows.length; i++) {
    largest = Math.max(largest, rows[i] as number, columns[i] as number);
  }
  const k = limit ?? largest + 1;
  const counts = new Float64Array(k * k);
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] as number) * k + (columns[i] as number);
    counts[at] = (counts[at] as number) + 1;
  }
  return confusionFromCounts(counts, k);
}

/** The same from counts that are there already, for instance of voxels. @throws ScoringError `bad_argument`. */
export function confusionFromCounts(counts: Float64Array, classes: number): ConfusionMatrix {
  const referenceTotals = new Float64Array(classes);
  const predictedTotals = new Float64Array(classes);
  let total = 0;
  for (let row = 0; row < classes; row++) {
    for (let column = 0; column < classes; column++) {
      const count = counts[row * classes + column];
      if (count === undefined || !(Number.isSafeInteger(count) && count >= 0)) {
        throw new ScoringError("bad_argument", "A count is not a whole number.", {
          argument: "counts",
          index: row * classes + column,
        });
      }
      referenceTotals[row] = (referenceTotals[row] as number) + count;
      predictedTotals[column] = (predictedTotals[column] as number) + count;
      total += count;
    }
  }
  return { classes, counts, total, referenceTotals, predictedTotals };
}

/** How often reference and prediction agree, over all classes. */
export function agreements({ classes, counts }: ConfusionMatrix): number {
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += counts[k * classes + k] as number;
  return sum;
}
