import type { Manifest, MetricEntry } from "../competition.ts";
import { ScoringError } from "../errors.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { auroc } from "../metrics/auroc.ts";
import { aurocOvo, aurocOvr } from "../metrics/auroc-multiclass.ts";
import { averagePrecision } from "../metrics/average-precision.ts";
import { balancedAccuracy } from "../metrics/balanced-accuracy.ts";
import { brier, brierMulticlass } from "../metrics/brier.ts";
import { cIndex } from "../metrics/c-index.ts";
import { atThreshold } from "../metrics/class-rates.ts";
import { cohenKappa } from "../metrics/cohen-kappa.ts";
import { concordanceCorrelation } from "../metrics/concordance-correlation.ts";
import { type ConfusionMatrix, confusionMatrix } from "../metrics/confusion-matrix.ts";
import { eceMulticlass, ecePositive } from "../metrics/ece.ts";
import { f1, f1Binary } from "../metrics/f1.ts";
import { logLoss, logLossMulticlass } from "../metrics/log-loss.ts";
import { mae } from "../metrics/mae.ts";
import { mcc } from "../metrics/mcc.ts";
import { pearson } from "../metrics/pearson.ts";
import { r2 } from "../metrics/r2.ts";
import { rmse } from "../metrics/rmse.ts";
import { sensitivityAtSpecificity } from "../metrics/sensitivity-at-specificity.ts";
import { spearman } from "../metrics/spearman.ts";
import type { TableTargets } from "./submission-table.ts";
import type { Measured } from "./types.ts";

/** Reference and prediction in one order, one row per case. */
export interface PairedColumns {
  readonly targets: TableTargets;
  readonly reference: Float64Array;
  /** Labels, scores, numbers or risks; row-major rows × classes where there is one score per class. */
  readonly predicted: Float64Array;
  /** Survival: whether the event was seen. */
  readonly events?: Float64Array;
}

/** One metric of a table with one row per case. */
export function measureColumns(entry: MetricEntry, manifest: Manifest, columns: PairedColumns): Measured {
  const { targets, reference, predicted, events } = columns;
  const classes = manifest.classes ?? 2;
  if (targets === "risk") return { value: cIndex(reference, events ?? new Float64Array(0), predicted) };
  if (targets === "numbers") return measureNumbers(entry.name, reference, predicted);
  if (targets === "class-scores") return measureClassScores(entry, reference, predicted, classes);
  if (targets === "scores") {
    const measured = measureScores(entry, reference, predicted);
    if (measured !== undefined) return measured;
  }
  const labels = targets === "scores" ? atThreshold(predicted, 0.5) : predicted;
  return measureLabels(entry.name, reference, labels, classes);
}

function measureNumbers(name: string, reference: Float64Array, predicted: Float64Array): Measured {
  if (name === "mae") {
    const perCase = reference.map((value, at) => Math.abs(value - (predicted[at] as number)));
    return { value: mae(reference, predicted), perCase };
  }
  const metrics: Readonly<Record<string, (a: Float64Array, b: Float64Array) => number>> = {
    rmse,
    r2,
    pearson,
    spearman,
    "concordance-correlation": concordanceCorrelation,
  };
  return { value: known(metrics, name)(reference, predicted) };
}

function measureScores(entry: MetricEntry, labels: Float64Array, scores: Float64Array): Measured | undefined {
  const { bins, specificity } = entry.parameters;
  if (entry.name === "auroc") return { value: auroc(labels, scores) };
  if (entry.name === "average-precision") return { value: averagePrecision(labels, scores) };
  if (entry.name === "ece") return { value: ecePositive(labels, scores, bins as number | undefined) };
  if (entry.name === "sensitivity-at-specificity") {
    return { value: sensitivityAtSpecificity(labels, scores, specificity as number) };
  }
  const single = entry.name === "log-loss" ? logLoss : entry.name === "brier" ? brier : undefined;
  if (single === undefined) return undefined;
  const perCase = labels.map((label, at) => single([label], [scores[at] as number]));
  return { value: single(labels, scores), perCase };
}

function measureClassScores(
  entry: MetricEntry,
  labels: Float64Array,
  scores: Float64Array,
  classes: number,
): Measured {
  const options = { classes };
  if (entry.name === "ece") {
    return {
      value: eceMulticlass(labels, scores, { ...options, ...(entry.parameters as { bins?: number }) }),
    };
  }
  if (entry.name === "auroc-ovr") return { value: aurocOvr(labels, scores, options) };
  if (entry.name === "auroc-ovo") return { value: aurocOvo(labels, scores, options) };
  const single = known({ "log-loss": logLossMulticlass, brier: brierMulticlass }, entry.name);
  const perCase = labels.map((label, at) =>
    single([label], scores.subarray(at * classes, (at + 1) * classes), options),
  );
  return { value: single(labels, scores, options), perCase };
}

function measureLabels(
  name: string,
  reference: Float64Array,
  predicted: ArrayLike<number>,
  classes: number,
): Measured {
  if (name === "accuracy") {
    const perCase = reference.map((label, at) => (label === predicted[at] ? 1 : 0));
    return { value: accuracy(reference, predicted, classes), perCase };
  }
  if (name === "f1-binary") return { value: f1Binary(reference, predicted) };
  const metrics: Readonly<Record<string, (matrix: ConfusionMatrix) => number>> = {
    "balanced-accuracy": balancedAccuracy,
    "f1-macro": (matrix) => f1(matrix, "macro"),
    "f1-micro": (matrix) => f1(matrix, "micro"),
    "f1-weighted": (matrix) => f1(matrix, "weighted"),
    mcc,
    "cohen-kappa": cohenKappa,
    "cohen-kappa-linear": (matrix) => cohenKappa(matrix, "linear"),
    "cohen-kappa-quadratic": (matrix) => cohenKappa(matrix, "quadratic"),
  };
  return { value: known(metrics, name)(confusionMatrix(reference, predicted, classes)) };
}

function known<Metric>(metrics: Readonly<Record<string, Metric>>, name: string): Metric {
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined;
  if (metric === undefined) throw new ScoringError("not_supported", `${name} is not a metric of this task.`);
  return metric;
}
