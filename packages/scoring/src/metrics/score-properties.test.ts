import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { auroc } from "./auroc.ts";
import { averagePrecision } from "./average-precision.ts";
import { brier } from "./brier.ts";
import { ecePositive } from "./ece.ts";
import { logLoss } from "./log-loss.ts";
import { count, near, runs, sum } from "./properties-testing.ts";
import { operatingPoint } from "./sensitivity-at-specificity.ts";

/** Rows of a label of 0 or 1 and one of few scores, so that ties are common. */
const scoredRows = fc.array(
  fc.record({
    label: fc.integer({ min: 0, max: 1 }),
    score: fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
  }),
  { minLength: 1, maxLength: 40 },
);
const columns = (rows: readonly { label: number; score: number }[]) =>
  [rows.map(({ label }) => label), rows.map(({ score }) => score)] as const;

describe("scores of two classes", () => {
  test("AUROC is the share of pairs; turned round it is one minus itself", () => {
    fc.assert(
      fc.property(scoredRows, (rows) => {
        const [labels, scores] = columns(rows);
        const pairs = rows.flatMap((one) =>
          rows
            .filter((other) => one.label === 1 && other.label === 0)
            .map((other) => one.score - other.score),
        );
        const wins = count(pairs, (d) => d > 0) + count(pairs, (d) => d === 0) / 2;
        near(auroc(labels, scores), wins / pairs.length);
        near(
          auroc(
            labels,
            scores.map((score) => -score),
          ),
          1 - wins / pairs.length,
        );
        near(
          auroc(
            labels.map((label) => 1 - label),
            scores,
          ),
          1 - wins / pairs.length,
        );
      }),
      runs,
    );
  });

  test("average precision sums precision times the recall gained, threshold by threshold", () => {
    fc.assert(
      fc.property(scoredRows, (rows) => {
        const positives = count(rows, ({ label }) => label === 1);
        let before = 0;
        let area = 0;
        for (let threshold = 1; threshold >= 0; threshold -= 1 / 8) {
          const taken = rows.filter(({ score }) => score >= threshold);
          const hits = count(taken, ({ label }) => label === 1);
          if (taken.length > 0) area += (hits / taken.length) * ((hits - before) / positives);
          before = hits;
        }
        near(averagePrecision(...columns(rows)), positives === 0 ? Number.NaN : area);
      }),
      runs,
    );
  });

  test("the operating point is the best of all thresholds that reach the specificity", () => {
    fc.assert(
      fc.property(scoredRows, fc.integer({ min: 0, max: 20 }), (rows, twentieths) => {
        const wanted = twentieths / 20;
        const [positives, negatives] = [1, 0].map((label) => rows.filter((row) => row.label === label));
        const points = [...Array(10).keys()].map((step) => {
          const over = (side: typeof rows = []) =>
            count(side, ({ score }) => score >= step / 8) / side.length;
          return { sensitivity: over(positives), specificity: 1 - over(negatives) };
        });
        const { sensitivity } = operatingPoint(...columns(rows), wanted);
        if (positives?.length === 0 || negatives?.length === 0) return expect(sensitivity).toBeNaN();
        const reached = points.filter((point) => point.specificity >= wanted - 1e-12);
        return near(sensitivity, Math.max(...reached.map((point) => point.sensitivity)));
      }),
      runs,
    );
  });

  test("Brier, log-loss and calibration error are their sums", () => {
    fc.assert(
      fc.property(scoredRows, fc.integer({ min: 1, max: 12 }), (rows, bins) => {
        const n = rows.length;
        near(brier(...columns(rows)), sum(rows.map(({ label, score }) => (score - label) ** 2)) / n);
        const clip = (p: number) => Math.min(1, Math.max(2 ** -52, p));
        const loss = ({ label, score }: (typeof rows)[number]) =>
          -Math.log(clip(label === 1 ? score : 1 - score));
        near(logLoss(...columns(rows)), sum(rows.map(loss)) / n);
        const errors = [...Array(bins).keys()].map((bin) => {
          const own = rows.filter(({ score }) =>
            score === 0 ? bin === 0 : score > bin / bins && score <= (bin + 1) / bins,
          );
          return Math.abs(sum(own.map(({ label, score }) => label - score)));
        });
        near(ecePositive(...columns(rows), bins), sum(errors) / n);
      }),
      runs,
    );
  });
});
