import { finiteColumn, type Numbers } from "../columns.ts";
import { ScoringError } from "../errors.ts";
import { ascendingOrder } from "./order.ts";

/**
 * Holm's adjusted p-values, in the order given: reject those at or below α and the chance of any false rejection is
 * at most α. Source: Holm, Scand. J. Stat. 6 (1979) 65–70.
 * @throws ScoringError `empty_input`, `not_finite`, `bad_probability`.
 */
export function holm(pValues: Numbers): Float64Array {
  const given = finiteColumn(pValues, "pValues");
  const adjusted = new Float64Array(given.length);
  let largest = 0;
  ascendingOrder(given).forEach((index, place) => {
    const p = given[index] as number;
    if (p < 0 || p > 1) throw new ScoringError("bad_probability", undefined, { argument: "pValues", index });
    largest = Math.max(largest, Math.min(1, p * (given.length - place)));
    adjusted[index] = largest;
  });
  return adjusted;
}
