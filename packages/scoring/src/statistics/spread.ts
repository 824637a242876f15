import { mean } from "./sum.ts";

/** True if all values are equal. Asked first, because a rounded mean of equal values can differ from them. */
export function isConstant(values: Float64Array): boolean {
  return values.every((x) => x === values[0]);
}

/** Each value minus the mean: the second pass that keeps digits where values are large and their spread is small. */
export function deviations(values: Float64Array): Float64Array {
  const centre = mean(values);
  return values.map((x) => x - centre);
}
