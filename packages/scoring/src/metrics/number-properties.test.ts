import { describe, test } from "bun:test";

import fc from "fast-check";

import { cIndex } from "./c-index.ts";
import { concordanceCorrelation } from "./concordance-correlation.ts";
import { mae } from "./mae.ts";
import { pearson } from "./pearson.ts";
import { count, near, runs, sum } from "./properties-testing.ts";
import { r2 } from "./r2.ts";
import { rmse } from "./rmse.ts";
import { spearman } from "./spearman.ts";

const numberPairs = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
  minLength: 2,
  maxLength: 30,
});

describe("numbers", () => {
  test("errors and correlations are their sums, and Spearman's is Pearson's of counted ranks", () => {
    fc.assert(
      fc.property(numberPairs, (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const n = pairs.length;
        const mean = (values: readonly number[]) => sum(values) / n;
        const cov = (x: readonly number[], y: readonly number[]) =>
          mean(x.map((value, i) => (value - mean(x)) * ((y[i] ?? 0) - mean(y))));
        near(mae(a, b), mean(pairs.map(([x, y]) => Math.abs(x - y))));
        near(rmse(a, b), Math.sqrt(mean(pairs.map(([x, y]) => (x - y) ** 2))));
        const constant = (values: readonly number[]) => new Set(values).size === 1;
        const either = constant(a) || constant(b);
        near(pearson(a, b), either ? Number.NaN : cov(a, b) / Math.sqrt(cov(a, a) * cov(b, b)));
        const residuals = sum(pairs.map(([x, y]) => (x - y) ** 2));
        near(r2(a, b), constant(a) ? Number.NaN : 1 - residuals / (n * cov(a, a)));
        const rank = (values: readonly number[]) =>
          values.map((v) => count(values, (o) => o < v) + (count(values, (o) => o === v) + 1) / 2);
        near(spearman(a, b), either ? Number.NaN : pearson(rank(a), rank(b)));
        const ccc = (2 * cov(a, b)) / (cov(a, a) + cov(b, b) + (mean(a) - mean(b)) ** 2);
        near(concordanceCorrelation(a, b), ccc);
      }),
      runs,
    );
  });

  test("correlation does not see scale, shift or which column comes first; Spearman's sees only the order", () => {
    fc.assert(
      fc.property(
        numberPairs,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: -5, max: 5 }),
        (pairs, k, c) => {
          const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
          near(pearson(b, a), pearson(a, b));
          near(
            pearson(
              a.map((x) => k * x + c),
              b,
            ),
            pearson(a, b),
          );
          near(
            spearman(
              a.map((x) => x ** 3),
              b,
            ),
            spearman(a, b),
          );
          near(concordanceCorrelation(b, a), concordanceCorrelation(a, b));
        },
      ),
      runs,
    );
  });

  test("C-index: turned round it is one minus itself, and it sees only the order of risks and times", () => {
    const rows = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 0, max: 9 }),
      ),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(rows, (all) => {
        const [times, events, risks] = [0, 1, 2].map((at) => all.map((row) => row[at] as number)) as [
          number[],
          number[],
          number[],
        ];
        const own = cIndex(times, events, risks);
        near(
          cIndex(
            times,
            events,
            risks.map((risk) => -risk),
          ),
          1 - own,
        );
        near(
          cIndex(
            times.map((time) => time ** 3),
            events,
            risks.map(Math.exp),
          ),
          own,
        );
      }),
      runs,
    );
  });
});
