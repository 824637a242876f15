import { binaryColumn, type Numbers, sameLength } from "../columns.ts";
import { ScoringError } from "../errors.ts";

export interface McNemar {
  /** Cases that only the first, and only the second, got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided: of an even coin, as uneven as this or more. 1 if the two never differ. */
  readonly pValue: number;
}

/**
 * McNemar's exact test of two columns of 0 (wrong) and 1 (right) over the same cases.
 * Source: McNemar, Psychometrika 12 (1947) 153–157; exact form: two-sided binomial.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`.
 */
export function mcnemar(first: Numbers, second: Numbers): McNemar {
  sameLength(first, second, "second");
  const a = binaryColumn(first, "first");
  const b = binaryColumn(second, "second");
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    if (a[i] === 1) onlyFirst += 1;
    else onlySecond += 1;
  }
  return { onlyFirst, onlySecond, pValue: evenCoinPValue(onlyFirst, onlySecond) };
}

/** min(1, 2·P(X ≤ min(a, b))) for X binomial with a + b tosses of an even coin. @throws ScoringError `bad_argument`. */
export function evenCoinPValue(a: number, b: number): number {
  if (!(Number.isSafeInteger(a) && Number.isSafeInteger(b) && a >= 0 && b >= 0 && a + b <= 1e8)) {
    throw new ScoringError("bad_argument", "A count is not a whole number up to 100,000,000.", {
      argument: "a",
    });
  }
  const tosses = a + b;
  const fewest = Math.min(a, b);
  if (2 * fewest >= tosses - 1) return 1;
  // Σ C(n, k) / C(n, fewest) downwards from the largest term, then that term itself
  let sum = 0;
  let ratio = 1;
  for (let k = fewest; k >= 0 && ratio > sum * 2 ** -60; k--) {
    sum += ratio;
    ratio *= k / (tosses - k + 1);
  }
  // C(n, fewest) / 2ⁿ: after each factor, as many halvings as keep the product near 1
  let term = 1;
  let halvings = tosses;
  for (let i = 1; i <= fewest; i++) {
    term *= (tosses - fewest + i) / i;
    while (term > 1 && halvings > 0) {
      term /= 2;
      halvings -= 1;
    }
  }
  while (halvings > 0 && term > 0) {
    term /= 2;
    halvings -= 1;
  }
  return Math.min(1, 2 * sum * term);
}
