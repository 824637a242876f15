/** Checks of the columns that metrics take. Every check runs before anything is counted, so no metric sees a NaN. */
import { ScoringError } from "./errors.ts";

/** Any array of numbers, typed or not. Typed arrays are read in place. */
export type Numbers = ArrayLike<number>;

/** Largest number of classes: a confusion matrix of that size takes 134 MB. */
export const classesMax = 4096;

/**
 * The values as float64.
 * @throws ScoringError `empty_input`, `not_finite` with the index of the first bad value.
 */
export function finiteColumn(values: Numbers, argument: string): Float64Array {
  if (values.length === 0) throw new ScoringError("empty_input", undefined, { argument });
  const column = values instanceof Float64Array ? values : Float64Array.from(values);
  // x − x is 0, or NaN for NaN and infinities
  let trace = 0;
  for (let i = 0; i < column.length; i++) trace += (column[i] as number) - (column[i] as number);
  if (trace === 0) return column;
  throw new ScoringError("not_finite", undefined, {
    argument,
    index: column.findIndex((x) => !Number.isFinite(x)),
  });
}

/** Finite values in 0–1. @throws ScoringError `empty_input`, `not_finite`, `bad_probability`. */
export function probabilityColumn(values: Numbers, argument: string): Float64Array {
  const column = finiteColumn(values, argument);
  for (let i = 0; i < column.length; i++) {
    const p = column[i] as number;
    if (p < 0 || p > 1) throw new ScoringError("bad_probability", undefined, { argument, index: i });
  }
  return column;
}

/** Labels 0 and 1 as bytes. @throws ScoringError `empty_input`, `bad_label`. */
export function binaryColumn(values: Numbers, argument: string): Uint8Array {
  if (values.length === 0) throw new ScoringError("empty_input", undefined, { argument });
  if (values instanceof Uint8Array) {
    let all = 0;
    for (let i = 0; i < values.length; i++) all |= values[i] as number;
    if (all <= 1) return values;
  }
  const column = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const label = values[i];
    if (label !== 0 && label !== 1) {
      throw new ScoringError("bad_label", "A binary label is neither 0 nor 1.", { argument, index: i });
    }
    column[i] = label;
  }
  return column;
}

/** Labels 0, 1, 2, … below `classes`. @throws ScoringError `empty_input`, `bad_label`. */
export function labelColumn(values: Numbers, argument: string, classes = classesMax): Uint16Array {
  if (values.length === 0) throw new ScoringError("empty_input", undefined, { argument });
  const column = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const label = values[i] as number;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ScoringError("bad_label", undefined, { argument, index: i });
    }
    column[i] = label;
  }
  return column;
}

/** Number of classes, 1–4096. @throws ScoringError `bad_argument`. */
export function classCount(classes: number): number {
  if (!(Number.isInteger(classes) && classes >= 1 && classes <= classesMax)) {
    throw new ScoringError("bad_argument", `The number of classes is not in 1–${classesMax}.`, {
      argument: "classes",
    });
  }
  return classes;
}

/** @throws ScoringError `length_mismatch`. */
export function sameLength(a: Numbers, b: Numbers, argument: string): void {
  if (a.length !== b.length) {
    throw new ScoringError("length_mismatch", `Lengths ${a.length} and ${b.length} differ.`, { argument });
  }
}

/** Predicted minus reference. @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`. */
export function differences(reference: Numbers, predicted: Numbers): Float64Array {
  sameLength(reference, predicted, "predicted");
  const wanted = finiteColumn(reference, "reference");
  return finiteColumn(predicted, "predicted").map((x, i) => x - (wanted[i] as number));
}

/** How far a row of probabilities may be from a sum of 1: room for a table written with four decimals. */
export const rowSumSlackDefault = 1e-3;

/**
 * Class probabilities, row-major `rows × classes`, each row divided by its sum so that slack cannot be gamed.
 * A row that sums to exactly 1 is unchanged.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`, `bad_probability` with the index of the value.
 */
export function probabilityRows(
  values: Numbers,
  rows: number,
  classes: number,
  slack: number,
  argument = "probability",
): Float64Array {
  if (values.length !== rows * classes) {
    throw new ScoringError("length_mismatch", `${values.length} values are not ${rows} × ${classes}.`, {
      argument,
    });
  }
  const given = probabilityColumn(values, argument);
  const column = new Float64Array(given.length);
  for (let at = 0; at < given.length; at += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += given[at + k] as number;
    if (!(Math.abs(sum - 1) <= slack)) {
      throw new ScoringError("bad_probability", "A row of probabilities does not sum to 1.", {
        argument,
        index: at,
      });
    }
    for (let k = 0; k < classes; k++) column[at + k] = (given[at + k] as number) / sum;
  }
  return column;
}
