import { expect, test } from "bun:test";

import { seededRandom } from "./random.ts";
import { twiceTheWins } from "./wins.ts";

function allPairs(values: Float64Array, groups: Uint8Array): number {
  let wins = 0;
  values.forEach((x, i) => {
    values.forEach((y, j) => {
      if (groups[i] === 1 && groups[j] === 0) wins += x > y ? 2 : x === y ? 1 : 0;
    });
  });
  return wins;
}

/** The same from sorted columns: for each value of group 1 the places that a binary search finds in group 0. */
function bySorting(values: Float64Array, groups: Uint8Array): number {
  const zeros = values.filter((_, i) => groups[i] === 0).sort();
  const countBelow = (isBelow: (y: number) => boolean) => {
    let [low, high] = [0, zeros.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBelow(zeros[middle] as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let wins = 0;
  values.forEach((x, i) => {
    if (groups[i] === 1) wins += countBelow((y) => y < x) + countBelow((y) => y <= x);
  });
  return wins;
}

/** Shapes that send values down every path: even, tied, clustered, spread over all magnitudes, unmeasurable range. */
const shapes: Record<string, (u: number, below: (n: number) => number) => number> = {
  even: (u) => u,
  tied: (_u, below) => below(5) / 4,
  "two clusters far apart": (u, below) => below(2) * 1e12 + u,
  "one value and an outlier": (u) => (u < 0.999 ? 0.25 : 1e300),
  "all magnitudes": (u, below) => (u - 0.5) * 2 ** (below(2000) - 1000),
  "range beyond the largest number": (u) => (u < 0.5 ? -1 : 1) * Number.MAX_VALUE * u,
  "range below the normal numbers": (_u, below) => below(50) * Number.MIN_VALUE,
  "nested clusters": (u, below) => below(3) + (u < 0.5 ? 0 : below(40) * 1e-9) + (u < 0.8 ? 0 : u * 1e-15),
  "zeros of both signs": (u, below) => [0, -0, u][below(3)] as number,
  // with an odd number of buckets their middle border lies between −0 and 0
  "zeros of both signs between two equal sizes": (u, below) =>
    [0, -0, 0, -0, u < 0.5 ? 1 : -1][below(5)] as number,
  constant: () => 0.5,
  "crowded at 0": (u) => u ** 30,
  "mostly 0": (u) => Math.max(0, u - 0.6),
  "crowded at both ends": (u) => (u < 0.5 ? u ** 30 : 1 - (1 - u) ** 30),
  "both signs, crowded at 0": (u) => (u - 0.5) ** 15,
};

for (const [name, shape] of Object.entries(shapes)) {
  test(`wins equal a count of all pairs: ${name}`, () => {
    const random = seededRandom(name);
    for (const n of [2, 3, 42, 902, 5000, 60_000]) {
      for (const share of [0.5, 0.05]) {
        const values = Float64Array.from({ length: n }, () => shape(random.unit(), random.below));
        const groups = Uint8Array.from(values, () => (random.unit() < share ? 1 : 0));
        const expected = bySorting(values, groups);
        if (n < 1000) expect(allPairs(values, groups)).toBe(expected);
        expect(twiceTheWins(values, groups)).toBe(expected);
      }
    }
  });
}
