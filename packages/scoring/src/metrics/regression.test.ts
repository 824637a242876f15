import { describe, expect, test } from "bun:test";

import { seededRandom } from "../statistics/random.ts";
import { cIndex, concordance } from "./c-index.ts";
import { concordanceCorrelation } from "./concordance-correlation.ts";
import { bias, mae, medianAbsoluteError } from "./mae.ts";
import { pearson } from "./pearson.ts";
import { r2 } from "./r2.ts";
import { mse, rmse } from "./rmse.ts";
import { spearman } from "./spearman.ts";

describe("a table of four rows worked by hand", () => {
  const y = [1, 2, 3, 4];
  const p = [2, 2, 1, 5]; // differences 1, 0, −2, 1

  test("errors", () => {
    expect([mae(y, p), mse(y, p), bias(y, p), medianAbsoluteError(y, p)]).toEqual([1, 1.5, 0, 1]);
    expect(rmse(y, p)).toBe(Math.sqrt(1.5));
    expect(r2(y, p)).toBeCloseTo(1 - 6 / 5, 15);
  });

  test("correlations", () => {
    // means 2.5, 2.5; Σxy = 4, Σxx = 5, Σyy = 9
    expect(pearson(y, p)).toBeCloseTo(4 / Math.sqrt(45), 15);
    expect(concordanceCorrelation(y, p)).toBeCloseTo(8 / 14, 15);
    // ranks of p: 2.5, 2.5, 1, 4; deviations 0, 0, −1.5, 1.5 → Σxy = 1.5, Σxx = 5, Σyy = 4.5
    expect(spearman(y, p)).toBeCloseTo(1.5 / Math.sqrt(22.5), 15);
  });
});

test("a constant column has no correlation, even if its mean is not its value", () => {
  const tenth = [0.1, 0.1, 0.1];
  expect(pearson(tenth, [1, 2, 3])).toBeNaN();
  expect(spearman([1, 2, 3], tenth)).toBeNaN();
  expect(r2(tenth, [1, 2, 3])).toBeNaN();
  expect(r2(tenth, tenth, "scikit-learn")).toBe(1);
  expect(r2(tenth, [1, 2, 3], "scikit-learn")).toBe(0);
});

test("two columns of one and the same value have no concordance, even if their mean is not that value", () => {
  // The mean of seven times 3/37 is rounded.
  for (const n of [1, 2, 7, 13]) {
    const column = new Array<number>(n).fill(3 / 37);
    expect(concordanceCorrelation(column, column)).toBeNaN();
  }
  expect(concordanceCorrelation([1, 1], [2, 2])).toBe(0);
});

test("values far from zero, far from one and far apart lose no digits", () => {
  const x = [1, 2, 3, 5];
  const y = [2, 1, 4, 4];
  const value = pearson(x, y);
  const shifted = (values: readonly number[], by: number) => values.map((one) => one + by);
  expect(pearson(shifted(x, 2 ** 40), shifted(y, -(2 ** 40)))).toBeCloseTo(value, 14);
  expect(
    pearson(
      x.map((one) => one * 2 ** 900),
      y.map((one) => one * 2 ** -900),
    ),
  ).toBe(value);
  expect(bias([0, 0, 0], [1e16, 1, -1e16])).toBe(1 / 3);
  expect(mae([1e16, 1, -1e16], [1e16, 0, -1e16])).toBe(1 / 3);
});

describe("C-index", () => {
  function allPairs(time: Float64Array, event: Uint8Array, risk: Float64Array) {
    const counts = { concordant: 0, discordant: 0, tiedRisk: 0, comparable: 0 };
    for (let i = 0; i < time.length; i++) {
      for (let j = 0; j < time.length; j++) {
        const [a, b] = [time[i] as number, time[j] as number];
        if (event[i] !== 1 || i === j || !(a < b || (a === b && event[j] === 0))) continue;
        counts.comparable += 1;
        if ((risk[i] as number) > (risk[j] as number)) counts.concordant += 1;
        else if (risk[i] === risk[j]) counts.tiedRisk += 1;
        else counts.discordant += 1;
      }
    }
    return counts;
  }

  test("counts equal those of all pairs, with ties in time, in risk, in both and in neither", () => {
    const random = seededRandom("c-index");
    for (const n of [1, 2, 5, 300, 900]) {
      for (const [times, risks] of [
        [4, 5],
        [1e9, 7],
        [6, 1e9],
        [1e9, 1e9],
      ] as const) {
        const time = Float64Array.from({ length: n }, () => random.below(times));
        const event = Uint8Array.from(time, () => random.below(2));
        const risk = Float64Array.from(time, () => random.below(risks) - risks / 2);
        expect(concordance(time, event, risk)).toEqual(allPairs(time, event, risk));
      }
    }
  });

  test("an early event with the higher risk is concordant; without a comparable pair it is NaN", () => {
    expect(cIndex([1, 2], [1, 0], [5, 3])).toBe(1);
    expect(cIndex([1, 2], [1, 0], [3, 5])).toBe(0);
    expect(cIndex([1, 1], [1, 0], [3, 3])).toBe(0.5);
    expect(cIndex([1, 2], [0, 1], [5, 3])).toBeNaN();
    expect(cIndex([1, 1], [1, 1], [5, 3])).toBeNaN();
  });
});
