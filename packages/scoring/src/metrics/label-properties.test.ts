import { describe, test } from "bun:test";

import fc from "fast-check";

import { accuracy } from "./accuracy.ts";
import { balancedAccuracy } from "./balanced-accuracy.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { f1 } from "./f1.ts";
import { mcc } from "./mcc.ts";
import { count, near, runs, sum } from "./properties-testing.ts";

const labelledRows = fc.integer({ min: 2, max: 5 }).chain((classes) =>
  fc.record({
    classes: fc.constant(classes),
    rows: fc.array(
      fc.tuple(fc.integer({ min: 0, max: classes - 1 }), fc.integer({ min: 0, max: classes - 1 })),
      { minLength: 1, maxLength: 40 },
    ),
  }),
);

describe("labels of several classes", () => {
  test("rates, F1, κ and MCC are what counting one class at a time gives", () => {
    fc.assert(
      fc.property(labelledRows, ({ classes, rows }) => {
        const [reference, predicted] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const matrix = confusionMatrix(reference, predicted, classes);
        const n = rows.length;
        const each = [...Array(classes).keys()].map((k) => ({
          tp: count(rows, ([a, b]) => a === k && b === k),
          wanted: count(rows, ([a]) => a === k),
          given: count(rows, ([, b]) => b === k),
        }));
        const agreed = count(rows, ([a, b]) => a === b) / n;
        near(accuracy(reference, predicted, classes), agreed);
        near(f1(matrix, "micro"), agreed);
        const f1s = each.map(({ tp, wanted, given }) =>
          wanted + given === 0 ? 0 : (2 * tp) / (wanted + given),
        );
        near(f1(matrix, "macro"), sum(f1s) / classes);
        near(f1(matrix, "weighted"), sum(f1s.map((value, k) => (value * (each[k]?.wanted ?? 0)) / n)));
        const present = each.filter(({ wanted }) => wanted > 0);
        near(balancedAccuracy(matrix), sum(present.map(({ tp, wanted }) => tp / wanted)) / present.length);
        for (const [weights, cost] of [
          ["none", (a: number, b: number) => (a === b ? 0 : 1)],
          ["linear", (a: number, b: number) => Math.abs(a - b)],
          ["quadratic", (a: number, b: number) => (a - b) ** 2],
        ] as const) {
          const observed = sum(rows.map(([a, b]) => cost(a, b))) / n;
          const expected = sum(reference.flatMap((a) => predicted.map((b) => cost(a, b)))) / (n * n);
          near(cohenKappa(matrix, weights), expected === 0 ? Number.NaN : 1 - observed / expected);
        }
        // MCC is the correlation of the two columns' indicators, over all classes together.
        const covariance = (x: readonly number[], y: readonly number[]) =>
          sum(
            [...Array(classes).keys()].map((k) => {
              const at = (column: readonly number[]) => column.map((label) => (label === k ? 1 : 0));
              const [p, q] = [at(x), at(y)];
              return sum(p.map((value, i) => value * (q[i] ?? 0))) / n - (sum(p) / n) * (sum(q) / n);
            }),
          );
        const spread = covariance(reference, reference) * covariance(predicted, predicted);
        near(mcc(matrix), spread < 1e-14 ? Number.NaN : covariance(reference, predicted) / Math.sqrt(spread));
      }),
      runs,
    );
  });
});
