/**
 * Sum in the order given, with Neumaier's correction: the error does not grow with the length. Same bits in every
 * engine, because only additions are used. Source: Neumaier, ZAMM 54 (1974) 39–51.
 */
export function compensatedSum(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** Arithmetic mean; NaN for no values. */
export function mean(values: Float64Array): number {
  return compensatedSum(values) / values.length;
}
