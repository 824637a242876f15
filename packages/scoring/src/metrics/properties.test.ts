import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { accuracy } from "./accuracy.ts";
import { auroc } from "./auroc.ts";
import { averagePrecision } from "./average-precision.ts";
import { balancedAccuracy } from "./balanced-accuracy.ts";
import { brier } from "./brier.ts";
import { cIndex } from "./c-index.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { concordanceCorrelation } from "./concordance-correlation.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { ecePositive } from "./ece.ts";
import { f1 } from "./f1.ts";
import { froc } from "./froc.ts";
import { logLoss } from "./log-loss.ts";
import { mae } from "./mae.ts";
import { mapIou, mapIouV2 } from "./map-iou.ts";
import { mcc } from "./mcc.ts";
import { pearson } from "./pearson.ts";
import { r2 } from "./r2.ts";
import { rmse } from "./rmse.ts";
import { operatingPoint } from "./sensitivity-at-specificity.ts";
import { spearman } from "./spearman.ts";

/** Every metric of tables against its definition written down as plainly as possible, and against its symmetries. */

const runs = { numRuns: 300, seed: 31 };

/** NaN or equal but for rounding. */
function near(got: number, expected: number): void {
  if (Number.isNaN(expected)) expect(got).toBeNaN();
  else expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const count = <Item>(items: readonly Item[], is: (item: Item) => boolean) => items.filter(is).length;

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

/** Few places and sizes, so that boxes meet, touch and coincide. */
const boxRow = (images: number) =>
  fc.record({
    image: fc.integer({ min: 0, max: images - 1 }),
    x: fc.integer({ min: 0, max: 3 }),
    y: fc.integer({ min: 0, max: 3 }),
    width: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 4 }),
    score: fc.integer({ min: 0, max: 4 }),
  });
type BoxRow = ReturnType<typeof boxRow> extends fc.Arbitrary<infer Row> ? Row : never;

const boxColumns = (rows: readonly BoxRow[]) => ({
  image: rows.map(({ image }) => image),
  x: rows.map(({ x }) => x),
  y: rows.map(({ y }) => y),
  width: rows.map(({ width }) => width),
  height: rows.map(({ height }) => height),
  score: rows.map(({ score }) => score),
});

/** By counting pixels. */
function pixelIou(a: BoxRow, b: BoxRow): number {
  const pixels = (box: BoxRow) =>
    [...Array(box.width * box.height).keys()].map(
      (at) => `${box.x + (at % box.width)},${box.y + Math.floor(at / box.width)}`,
    );
  const own = new Set(pixels(a));
  const both = count(pixels(b), (pixel) => own.has(pixel));
  return both / (a.width * a.height + b.width * b.height - both);
}

describe("boxes", () => {
  test("map_iou is greedy matching by pixels, image by image and threshold by threshold", () => {
    const images = 3;
    const both = fc.tuple(
      fc.array(boxRow(images), { maxLength: 10 }),
      fc.array(boxRow(images), { maxLength: 10 }),
    );
    fc.assert(
      fc.property(both, ([truth, guesses]) => {
        const scores = [...Array(images).keys()].flatMap((image) => {
          const wanted = truth.filter((box) => box.image === image);
          const given = guesses.filter((box) => box.image === image).sort((a, b) => b.score - a.score);
          if (wanted.length + given.length === 0) return [];
          const each = mapIouV2.thresholds.map((threshold) => {
            const free = [...wanted];
            for (const guess of given) {
              const best = free
                .map((box) => ({ box, iou: pixelIou(box, guess) }))
                .filter(({ iou }) => iou > threshold)
                .reduce<{ box: BoxRow; iou: number } | undefined>(
                  (top, one) => (top === undefined || one.iou > top.iou ? one : top),
                  undefined,
                );
              if (best !== undefined) free.splice(free.indexOf(best.box), 1);
            }
            const hits = wanted.length - free.length;
            return hits / (wanted.length + given.length - hits);
          });
          return [sum(each) / each.length];
        });
        const { value, imagesScored } = mapIou(boxColumns(truth), boxColumns(guesses), images, mapIouV2);
        expect(imagesScored).toBe(scores.length);
        near(value, sum(scores) / scores.length);
      }),
      { ...runs, numRuns: 500 },
    );
  });

  test("FROC is the best sensitivity of a line through the points of all thresholds", () => {
    const lesions = [2, 0, 1];
    const detection = fc
      .record({
        image: fc.integer({ min: 0, max: 2 }),
        score: fc.integer({ min: 0, max: 6 }),
        hit: fc.integer({ min: -1, max: 1 }),
      })
      .map((one) => ({ ...one, hit: one.hit < (lesions[one.image] ?? 0) ? one.hit : -1 }));
    fc.assert(
      fc.property(
        fc.array(detection, { maxLength: 20 }),
        fc.integer({ min: 0, max: 16 }),
        (found, eighths) => {
          const rate = eighths / 8;
          const points = [7, 6, 5, 4, 3, 2, 1, 0].map((threshold) => {
            const taken = found.filter(({ score }) => score >= threshold);
            const hits = new Set(
              taken.filter(({ hit }) => hit >= 0).map(({ image, hit }) => `${image} ${hit}`),
            ).size;
            return { x: count(taken, ({ hit }) => hit < 0) / lesions.length, y: hits / 3 };
          });
          const left = points.filter(({ x }) => x <= rate);
          const [here, next] = [left.at(-1), points[left.length]];
          const expected =
            here === undefined || next === undefined
              ? (here?.y ?? 0)
              : here.y + ((next.y - here.y) * (rate - here.x)) / (next.x - here.x);
          const columns = {
            image: found.map(({ image }) => image),
            score: found.map(({ score }) => score),
            hit: found.map(({ hit }) => hit),
          };
          near(froc(lesions, columns, [rate]), expected);
        },
      ),
      runs,
    );
  });
});
