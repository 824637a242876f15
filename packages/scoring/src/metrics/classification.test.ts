import { describe, expect, test } from "bun:test";

import { type FaultCode, ScoringError } from "../errors.ts";
import { seededRandom } from "../statistics/random.ts";
import { accuracy } from "./accuracy.ts";
import { auroc } from "./auroc.ts";
import { aurocOvo, aurocOvr, aurocPerClass } from "./auroc-multiclass.ts";
import { averagePrecision } from "./average-precision.ts";
import { balancedAccuracy } from "./balanced-accuracy.ts";
import { brier, brierMulticlass } from "./brier.ts";
import { averageRate } from "./class-rates.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { eceMulticlass, ecePositive, eceTopLabel } from "./ece.ts";
import { f1, f1Binary } from "./f1.ts";
import { logLoss, logLossMulticlass } from "./log-loss.ts";
import { mcc } from "./mcc.ts";
import { operatingPoint, sensitivityAtSpecificity } from "./sensitivity-at-specificity.ts";

/** What is thrown, as code and place. */
function faultOf(run: () => unknown): [FaultCode, string | undefined, number | undefined] {
  try {
    run();
  } catch (error) {
    if (error instanceof ScoringError) return [error.code, error.where.argument, error.where.index];
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

// reference:  0 0 0 0 1 1 1 2 2 2; counts [[3,1,0],[1,1,1],[0,2,1]]
const reference = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
const predicted = [0, 0, 0, 1, 0, 1, 2, 1, 1, 2];

describe("a table of three classes worked by hand", () => {
  const matrix = confusionMatrix(reference, predicted);

  test("the matrix has the reference in rows, and its sums", () => {
    expect([...matrix.counts]).toEqual([3, 1, 0, 1, 1, 1, 0, 2, 1]);
    expect([...matrix.referenceTotals]).toEqual([4, 3, 3]);
    expect([...matrix.predictedTotals]).toEqual([4, 4, 2]);
  });

  test("accuracy 5/10; recalls 3/4, 1/3, 1/3", () => {
    expect(accuracy(reference, predicted)).toBe(0.5);
    expect(balancedAccuracy(matrix)).toBeCloseTo((3 / 4 + 1 / 3 + 1 / 3) / 3, 15);
  });

  test("F1 of the classes: 3/4, 2/7, 2/5", () => {
    expect(f1(matrix, "macro")).toBeCloseTo((3 / 4 + 2 / 7 + 2 / 5) / 3, 15);
    expect(f1(matrix, "weighted")).toBeCloseTo((4 * (3 / 4) + 3 * (2 / 7) + 3 * (2 / 5)) / 10, 15);
    expect(f1(matrix, "micro")).toBe(0.5);
    expect(averageRate(matrix, "precision", "macro")).toBeCloseTo((3 / 4 + 1 / 4 + 1 / 2) / 3, 15);
  });

  test("κ: 34/100 expected by chance; linear and quadratic weights", () => {
    expect(cohenKappa(matrix)).toBeCloseTo((0.5 - 0.34) / (1 - 0.34), 15);
    // observed Σ|i−j| = 5; expected (4·4+3·4+3·4+3·2 + 2·(4·2+3·4)) / 10 = 8.6
    expect(cohenKappa(matrix, "linear")).toBeCloseTo(1 - 5 / 8.6, 15);
    // observed Σ(i−j)² = 5; expected (46 + 4·20) / 10 = 12.6
    expect(cohenKappa(matrix, "quadratic")).toBeCloseTo(1 - 5 / 12.6, 15);
  });

  test("MCC: (5·10 − 34) / √((100 − 34)(100 − 36))", () => {
    expect(mcc(matrix)).toBeCloseTo(16 / Math.sqrt(66 * 64), 15);
  });
});

test("a class that only `classes` knows counts in the macro mean, unless present classes are asked for", () => {
  const matrix = confusionMatrix([0, 1], [0, 1], 3);
  expect(f1(matrix, "macro")).toBeCloseTo(2 / 3, 15);
  expect(f1(matrix, "macro", true)).toBe(1);
  expect(balancedAccuracy(matrix)).toBe(1);
  expect(balancedAccuracy(matrix, "nan")).toBeNaN();
});

test("what is 0/0 is NaN", () => {
  const one = confusionMatrix([0, 0], [0, 0]);
  expect(cohenKappa(one)).toBeNaN();
  expect(mcc(one)).toBeNaN();
  expect(f1Binary([0, 0], [0, 0])).toBeNaN();
  expect(auroc([1, 1], [0.1, 0.2])).toBeNaN();
  expect(averagePrecision([0, 0], [0.1, 0.2])).toBeNaN();
  expect(sensitivityAtSpecificity([1, 1], [0.1, 0.2], 0.5)).toBeNaN();
});

describe("ranking", () => {
  test("AUROC of six rows: 6.5 of 8 pairs, one tie", () => {
    expect(auroc([0, 0, 1, 0, 0, 1], [0.1, 0.4, 0.4, 0.2, 0.5, 0.9])).toBe(6.5 / 8);
  });

  test("average precision of steps, a tie of a positive and a negative being one step", () => {
    // thresholds 0.9 (1 of 1), 0.5 (1 of 2), 0.4 (2 of 4)
    expect(averagePrecision([0, 0, 1, 0, 0, 1], [0.1, 0.4, 0.4, 0.2, 0.5, 0.9])).toBe((1 + 0.5) / 2);
  });

  test("the first bad value is named", () => {
    expect(faultOf(() => auroc([0, 1], [0.5, Number.NaN]))).toEqual(["not_finite", "scores", 1]);
    expect(faultOf(() => auroc([0, 2], [0.5, 0.5]))).toEqual(["bad_label", "labels", 1]);
    expect(faultOf(() => auroc(Uint8Array.of(0, 3), [0.5, 0.5]))).toEqual(["bad_label", "labels", 1]);
    expect(faultOf(() => auroc([0], [0.5, 0.5]))).toEqual(["length_mismatch", "scores", undefined]);
    expect(faultOf(() => auroc([], []))).toEqual(["empty_input", "labels", undefined]);
  });

  test("AUROC is unchanged by any increasing map, and mirrored by a decreasing one", () => {
    const random = seededRandom("auroc");
    const scores = Float64Array.from({ length: 500 }, () => random.below(60) / 8);
    const labels = Uint8Array.from(scores, () => random.below(2));
    const value = auroc(labels, scores);
    expect(
      auroc(
        labels,
        scores.map((s) => s ** 3 + 5),
      ),
    ).toBe(value);
    expect(
      auroc(
        labels,
        scores.map((s) => -s),
      ),
    ).toBeCloseTo(1 - value, 14);
  });

  test("one-vs-rest and one-vs-one of two classes are the binary AUROC", () => {
    const p = [0.1, 0.6, 0.35, 0.8, 0.35];
    const y = [0, 0, 1, 1, 1];
    const rows = p.flatMap((one) => [1 - one, one]);
    expect(aurocPerClass(y, rows, { classes: 2 })).toEqual([auroc(y, p), auroc(y, p)]);
    expect(aurocOvr(y, rows, { classes: 2 })).toBe(auroc(y, p));
    expect(aurocOvo(y, rows, { classes: 2 })).toBe(auroc(y, p));
  });

  test("sensitivity at specificity takes a point that exists", () => {
    const y = [0, 0, 0, 0, 1, 1, 1, 1];
    const s = [0.1, 0.2, 0.3, 0.8, 0.25, 0.5, 0.7, 0.9];
    expect(operatingPoint(y, s, 0.75)).toEqual({ sensitivity: 0.75, specificity: 0.75, threshold: 0.5 });
    expect(sensitivityAtSpecificity(y, s, 1)).toBe(0.25);
    expect(sensitivityAtSpecificity(y, s, 0)).toBe(1);
    expect(sensitivityAtSpecificity([0, 1], [0.9, 0.1], 1)).toBe(0);
    // 19 of 20 negatives below is a specificity of exactly the literal 0.95
    const twenty = Array.from({ length: 20 }, (_, i) => i);
    expect(sensitivityAtSpecificity([...twenty.map(() => 0), 1], [...twenty, 18.5], 0.95)).toBe(1);
    expect(faultOf(() => sensitivityAtSpecificity(y, s, 1.1))[0]).toBe("bad_argument");
  });
});

describe("probabilities", () => {
  test("log-loss and Brier of three rows", () => {
    expect(logLoss([1, 0, 1], [0.5, 0.5, 0.25])).toBeCloseTo((2 * Math.LN2 + Math.log(4)) / 3, 15);
    expect(brier([1, 0, 1], [0.5, 0.5, 0.25])).toBe((0.25 + 0.25 + 0.5625) / 3);
    expect(brierMulticlass([1, 0, 1], [0.5, 0.5, 0.5, 0.5, 0.75, 0.25], { classes: 2 })).toBe(
      2 * brier([1, 0, 1], [0.5, 0.5, 0.25]),
    );
    expect(logLossMulticlass([1, 0, 1], [0.5, 0.5, 0.5, 0.5, 0.75, 0.25], { classes: 2 })).toBe(
      logLoss([1, 0, 1], [0.5, 0.5, 0.25]),
    );
  });

  test("certainty that is wrong costs 52 ln 2, never infinity", () => {
    expect(logLoss([1], [0])).toBeCloseTo(52 * Math.LN2, 12);
    expect(logLoss([0], [1])).toBeCloseTo(52 * Math.LN2, 12);
  });

  test("a row may miss a sum of 1 by rounding, gains nothing by it, and not by more", () => {
    const scaled = [0.5004, 0.5004].map((p) => p);
    expect(logLossMulticlass([0], scaled, { classes: 2 })).toBe(
      logLossMulticlass([0], [0.5, 0.5], { classes: 2 }),
    );
    expect(faultOf(() => logLossMulticlass([0], [0.51, 0.5], { classes: 2 }))).toEqual([
      "bad_probability",
      "probability",
      0,
    ]);
    expect(faultOf(() => logLossMulticlass([0], [1.5, -0.5], { classes: 2 }))).toEqual([
      "bad_probability",
      "probability",
      0,
    ]);
    expect(faultOf(() => brier([0, 1], [0.2, 1.01]))).toEqual(["bad_probability", "probability", 1]);
  });

  test("calibration: an edge belongs to the bin below it, 0 to the first", () => {
    // (0, 0.5]: 0, 0.25, 0.5 → predicted 0.75, observed 1; (0.5, 1]: 0.75 → predicted 0.75, observed 0
    expect(ecePositive([0, 0, 1, 0], [0, 0.25, 0.5, 0.75], 2)).toBe((0.25 + 0.75) / 4);
    // with 10 bins the edge 3/10 is the double 0.3: 0.3 is below it, the next double above
    expect(ecePositive([1, 0], [0.3, 0.30000000000000004], 10)).toBe((0.7 + 0.30000000000000004) / 2);
    // 0.28 · 25 rounds to more than 7, but 7/25 is 0.28, the end of the seventh bin
    expect(ecePositive([1, 0], [0.28, 0.27], 25)).toBe((1 - (0.28 + 0.27)) / 2);
    expect(eceTopLabel([0, 1], [0.25, 0.5], 2)).toBe((0.25 + 0.5) / 2);
    expect(eceMulticlass([0, 1], [0.75, 0.25, 0.5, 0.5], { classes: 2, bins: 2 })).toBe((0.25 + 0.5) / 2);
    expect(faultOf(() => ecePositive([0], [0.5], 0))[0]).toBe("bad_argument");
  });
});
