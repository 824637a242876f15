import { accuracy } from "../metrics/accuracy.ts";
import { auroc } from "../metrics/auroc.ts";
import { aurocOvo, aurocOvr, aurocPerClass } from "../metrics/auroc-multiclass.ts";
import { averagePrecision, precisionRecallTrapezoid } from "../metrics/average-precision.ts";
import { balancedAccuracy } from "../metrics/balanced-accuracy.ts";
import { brier, brierMulticlass } from "../metrics/brier.ts";
import { atThreshold, averageRate, averages, classRates } from "../metrics/class-rates.ts";
import { cohenKappa } from "../metrics/cohen-kappa.ts";
import { confusionMatrix } from "../metrics/confusion-matrix.ts";
import { eceMulticlass, ecePositive, eceTopLabel } from "../metrics/ece.ts";
import { f1Binary } from "../metrics/f1.ts";
import { logLoss, logLossMulticlass } from "../metrics/log-loss.ts";
import { mcc } from "../metrics/mcc.ts";
import { column, type Result, type Tolerance, type VectorNumber, type VectorRecord } from "./checks.ts";
import { part, type Suite } from "./suite.ts";

function tolerance(family: string): Tolerance {
  return (path) => {
    if (/logLoss|brier|ece/i.test(path)) return 1e-10;
    return family === "large" ? 1e-10 : 1e-12;
  };
}

/** Scores on bin edges make the calibration errors of this family informative only, say the vectors. */
function binding(expected: VectorRecord, family: string): VectorRecord {
  if (family !== "ties") return expected;
  return Object.fromEntries(Object.entries(expected).filter(([key]) => !key.startsWith("ece")));
}

export const binarySuite: Suite = {
  file: "classification/binary.json",
  check(one) {
    const y = column(part<VectorNumber[]>(one, "y"));
    const score = column(part<VectorNumber[]>(one, "score"));
    const expected = part<VectorRecord>(one, "expected");
    const threshold = part<number>(part<VectorRecord>(expected, "atThreshold"), "threshold");
    const predicted = atThreshold(score, threshold);
    const matrix = confusionMatrix(y, predicted, 2);
    const probability = (): Record<string, Result> => ({
      logLoss: logLoss(y, score),
      brier: brier(y, score),
      mrBrier: 2 * brier(y, score),
      ecePositive10: ecePositive(y, score, 10),
      ecePositive15: ecePositive(y, score, 15),
      eceTopLabel10: eceTopLabel(y, score, 10),
      eceTopLabel15: eceTopLabel(y, score, 15),
    });
    const got: Result = {
      auroc: auroc(y, score),
      averagePrecision: averagePrecision(y, score),
      auprcTrapezoid: precisionRecallTrapezoid(y, score),
      ...(one.isProbability === true ? probability() : {}),
      atThreshold: {
        threshold,
        ...(classRates(matrix)[1] as unknown as Record<string, number>),
        accuracy: accuracy(y, predicted),
        f1: f1Binary(y, predicted),
        balancedAccuracy: balancedAccuracy(matrix, "nan"),
        mcc: mcc(matrix),
        mccSklearn: mcc(matrix, 0),
        kappa: cohenKappa(matrix),
      },
    };
    return { expected: binding(expected, one.family), got, tolerance: tolerance(one.family) };
  },
};

export const multiclassSuite: Suite = {
  file: "classification/multiclass.json",
  check(one) {
    const classes = part<number>(one, "classes");
    const y = column(part<VectorNumber[]>(one, "y"));
    const pred = column(part<VectorNumber[]>(one, "pred"));
    const matrix = confusionMatrix(y, pred, classes);
    const rates = classRates(matrix);
    const present = rates.flatMap(({ tp, fp, fn }, k) => (tp + fp + fn > 0 ? [k] : []));
    const got: Record<string, Result> = {
      confusion: Array.from({ length: classes }, (_, row) => [
        ...matrix.counts.subarray(row * classes, (row + 1) * classes),
      ]),
      perClass: {
        precision: rates.map(({ precision }) => precision),
        recall: rates.map(({ recall }) => recall),
        f1: rates.map(({ f1 }) => f1),
        support: rates.map(({ support }) => support),
      },
      accuracy: accuracy(y, pred, classes),
      balancedAccuracy: balancedAccuracy(matrix),
      balancedAccuracyMetricsReloaded: balancedAccuracy(matrix, "nan"),
      f1MacroPresentLabels: averageRate(matrix, "f1", "macro", true),
      labelsPresent: present,
      // one class everywhere is 0/0; the vectors hold scikit-learn's 0 for it
      mcc: mcc(matrix, 0),
      kappa: cohenKappa(matrix),
      kappaLinear: cohenKappa(matrix, "linear"),
      kappaQuadratic: cohenKappa(matrix, "quadratic"),
    };
    for (const average of averages) {
      const name = average.replace(/^./, (letter) => letter.toUpperCase());
      got[`f1${name}`] = averageRate(matrix, "f1", average);
      got[`precision${name}`] = averageRate(matrix, "precision", average);
      got[`recall${name}`] = averageRate(matrix, "recall", average);
    }
    if (one.prob !== undefined && one.prob !== null) {
      const prob = column(part<VectorNumber[][]>(one, "prob").flat());
      Object.assign(got, {
        logLoss: logLossMulticlass(y, prob, { classes }),
        brierSum: brierMulticlass(y, prob, { classes }),
        eceTopLabel10: eceMulticlass(y, prob, { classes, bins: 10 }),
        eceTopLabel15: eceMulticlass(y, prob, { classes, bins: 15 }),
        aurocPerClass: aurocPerClass(y, prob, { classes }),
        aurocOvrMacro: aurocOvr(y, prob, { classes }),
        aurocOvrWeighted: aurocOvr(y, prob, { classes, average: "weighted" }),
        aurocOvoMacro: aurocOvo(y, prob, { classes }),
        averagePrecisionPerClass: Array.from({ length: classes }, (_, k) =>
          averagePrecision(
            Uint8Array.from(y, (label) => (label === k ? 1 : 0)),
            Float64Array.from(y, (_label, row) => prob[row * classes + k] ?? Number.NaN),
          ),
        ),
      });
    }
    return { expected: part<VectorRecord>(one, "expected"), got, tolerance: tolerance(one.family) };
  },
};
