import { finiteColumn, type Numbers, sameLength } from "../columns.ts";
import { ascendingOrder, denseRanks } from "./order.ts";
import { earlierRanks } from "./turns.ts";

/**
 * Kendall's τ-b: (concordant − discordant) / √((pairs − tied in a)(pairs − tied in b)), −1 … 1, exact counts in
 * O(n log n). NaN for fewer than two rows or a constant column. Source: Kendall, Biometrika 33 (1945) 239–251;
 * Knight, JASA 61 (1966) 436–439.
 * @throws ScoringError `empty_input`, `length_mismatch`, `not_finite`.
 */
export function kendallTau(a: Numbers, b: Numbers): number {
  sameLength(a, b, "b");
  const first = finiteColumn(a, "a");
  const second = denseRanks(finiteColumn(b, "b"));
  const n = first.length;
  const order = ascendingOrder(first);
  const ranks = Uint32Array.from(order, (row) => second.ranks[row] as number);
  const turns = new Uint32Array(n);
  let turn = 1;
  for (let i = 0; i < n; i++) {
    if (i > 0 && first[order[i] as number] !== first[order[i - 1] as number]) turn += 2;
    turns[i] = turn;
  }
  const { smaller: concordant, equal: onlyTiedInB } = earlierRanks({ turns, ranks }, second.distinct);
  const pairs = (n * (n - 1)) / 2;
  const tiedInA = tiedPairs(turns);
  const tiedInB = tiedPairs(second.ranks.toSorted());
  const discordant = pairs - tiedInA - onlyTiedInB - concordant;
  return (concordant - discordant) / Math.sqrt((pairs - tiedInA) * (pairs - tiedInB));
}

/** Pairs of equal values in a sorted list. */
function tiedPairs(sorted: Uint32Array): number {
  let pairs = 0;
  let run = 0;
  for (let i = 1; i < sorted.length; i++) {
    run = sorted[i] === sorted[i - 1] ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}
