import { classCount, labelColumn, type Numbers, probabilityRows, rowSumSlackDefault } from "../columns.ts";
import type { MetricFacts } from "../metric.ts";
import { areaUnderCurve } from "./auroc.ts";

const shared = { direction: "higher-is-better", unit: "1" } as const;

export const aurocOvrFacts: MetricFacts = {
  ...shared,
  name: "auroc-ovr",
  version: "auroc-ovr-v1",
  definition: "Mean over the classes of the AUROC of each against the rest, as in scikit-learn.",
  empty: "No rows: an error. A class that never occurs, or always: NaN.",
  source: "scikit-learn, roc_auc_score(multi_class='ovr').",
};

export const aurocOvoFacts: MetricFacts = {
  ...shared,
  name: "auroc-ovo",
  version: "auroc-ovo-v1",
  definition: "Mean over all pairs of classes of the two AUROCs within the pair.",
  empty: "No rows: an error. A class that never occurs: NaN.",
  source: "Hand & Till, Machine Learning 45 (2001) 171–186; scikit-learn, roc_auc_score(multi_class='ovo').",
};

export interface MulticlassOptions {
  readonly classes: number;
  /** How far a row may be from a sum of 1; see `probabilityRows`. */
  readonly slack?: number;
}

/** Which rows have which class. */
function rowsByClass(labels: Uint16Array, classes: number): number[][] {
  const rows: number[][] = Array.from({ length: classes }, () => []);
  labels.forEach((label, row) => {
    rows[label]?.push(row);
  });
  return rows;
}

/**
 * AUROC of every class against the rest, NaN where it is undefined. `labels` are 0 … classes − 1, `probability` is
 * row-major, rows × classes.
 * @throws ScoringError `empty_input`, `length_mismatch`, `bad_label`, `not_finite`, `bad_probability`, `bad_argument`.
 */
export function aurocPerClass(labels: Numbers, probability: Numbers, options: MulticlassOptions): number[] {
  const classes = classCount(options.classes);
  const wanted = labelColumn(labels, "labels", classes);
  const given = probabilityRows(probability, wanted.length, classes, options.slack ?? rowSumSlackDefault);
  return Array.from({ length: classes }, (_, k) =>
    areaUnderCurve(
      Uint8Array.from(wanted, (label) => (label === k ? 1 : 0)),
      Float64Array.from(wanted, (_label, row) => given[row * classes + k] as number),
    ),
  );
}

/** Mean of `aurocPerClass`, plain or weighted by how often each class occurs. Same errors. */
export function aurocOvr(
  labels: Numbers,
  probability: Numbers,
  options: MulticlassOptions & { readonly average?: "macro" | "weighted" },
): number {
  const perClass = aurocPerClass(labels, probability, options);
  if (options.average !== "weighted") return perClass.reduce((sum, one) => sum + one, 0) / perClass.length;
  const rows = rowsByClass(labelColumn(labels, "labels", options.classes), options.classes);
  return perClass.reduce((sum, one, k) => sum + one * (rows[k]?.length ?? 0), 0) / labels.length;
}

/** Hand and Till's M: the plain mean over pairs of classes; NaN for one class. Same errors as `aurocPerClass`. */
export function aurocOvo(labels: Numbers, probability: Numbers, options: MulticlassOptions): number {
  const classes = classCount(options.classes);
  const wanted = labelColumn(labels, "labels", classes);
  const given = probabilityRows(probability, wanted.length, classes, options.slack ?? rowSumSlackDefault);
  const rows = rowsByClass(wanted, classes);

  /** Class `a` against class `b` by the probability of `a`, on the rows of these two. */
  function within(a: number, b: number): number {
    const positive = rows[a] ?? [];
    const both = [...positive, ...(rows[b] ?? [])];
    return areaUnderCurve(
      Uint8Array.from(both, (_, i) => (i < positive.length ? 1 : 0)),
      Float64Array.from(both, (row) => given[row * classes + a] as number),
    );
  }

  let sum = 0;
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) sum += (within(a, b) + within(b, a)) / 2;
  }
  return sum / ((classes * (classes - 1)) / 2);
}
