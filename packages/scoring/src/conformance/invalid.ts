import { ScoringError } from "../errors.ts";
import { Comparison } from "../kernels/comparison.ts";
import type { Engine } from "../kernels/engine.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { auroc } from "../metrics/auroc.ts";
import { averagePrecision } from "../metrics/average-precision.ts";
import { brier } from "../metrics/brier.ts";
import { cIndex } from "../metrics/c-index.ts";
import { cohenKappa } from "../metrics/cohen-kappa.ts";
import { confusionMatrix } from "../metrics/confusion-matrix.ts";
import { dice } from "../metrics/dice.ts";
import { hausdorff, hausdorffPercentile } from "../metrics/hausdorff.ts";
import { logLoss, logLossMulticlass } from "../metrics/log-loss.ts";
import { mae } from "../metrics/mae.ts";
import { mapIou, mapIouV2 } from "../metrics/map-iou.ts";
import { mcc } from "../metrics/mcc.ts";
import { overlapCounts } from "../metrics/overlap-counts.ts";
import { pearson } from "../metrics/pearson.ts";
import { r2 } from "../metrics/r2.ts";
import { spearman } from "../metrics/spearman.ts";
import { surfaceDice } from "../metrics/surface-dice.ts";
import { column, number, type VectorNumber, type VectorRecord } from "./checks.ts";
import { boxColumns } from "./detection.ts";
import { part, type Suite } from "./suite.ts";

type Arguments = VectorRecord;
type Columns = (values: Arguments, name: string) => Float64Array;

const numbers: Columns = (values, name) => column(part<VectorNumber[]>(values, name));

/** The metric of each case, called with that case's arguments. */
const calls: Record<string, (args: Arguments, engine: Engine) => number> = {
  auroc: (args) => auroc(numbers(args, "y"), numbers(args, "score")),
  averagePrecision: (args) => averagePrecision(numbers(args, "y"), numbers(args, "score")),
  logLoss: (args) => logLoss(numbers(args, "y"), numbers(args, "prob")),
  logLossMulticlass: (args) => {
    const rows = part<VectorNumber[][]>(args, "prob");
    return logLossMulticlass(numbers(args, "y"), column(rows.flat()), { classes: rows[0]?.length ?? 0 });
  },
  brier: (args) => brier(numbers(args, "y"), numbers(args, "prob")),
  kappa: (args) => cohenKappa(confusionMatrix(numbers(args, "y"), numbers(args, "pred"))),
  mcc: (args) => mcc(confusionMatrix(numbers(args, "y"), numbers(args, "pred"))),
  accuracy: (args) => accuracy(numbers(args, "y"), numbers(args, "pred")),
  mae: (args) => mae(numbers(args, "y"), numbers(args, "pred")),
  r2: (args) => r2(numbers(args, "y"), numbers(args, "pred")),
  pearson: (args) => pearson(numbers(args, "y"), numbers(args, "pred")),
  spearman: (args) => spearman(numbers(args, "y"), numbers(args, "pred")),
  cindex: (args) => cIndex(numbers(args, "time"), numbers(args, "event"), numbers(args, "risk")),
  dice: (args) => dice(overlapCounts(voxels(args, "ref"), voxels(args, "pred"))),
  hd: (args, engine) => hausdorff(blocks(engine, column(part<VectorNumber[]>(args, "spacing")))),
  hdp: (args, engine) => hausdorffPercentile(blocks(engine), number(part<VectorNumber>(args, "percentile"))),
  nsd: (args, engine) => surfaceDice(blocks(engine), number(part<VectorNumber>(args, "tolerance"))),
  rsnaMap: (args) => {
    const rows = (name: string) =>
      part<VectorNumber[][]>(args, name).map((row) => ({ image: 0, row: row.map(Number) }));
    return mapIou(boxColumns(rows("truth")), boxColumns(rows("pred")), 1, mapIouV2).value;
  },
};

function voxels(args: Arguments, name: string): Uint8Array {
  const shape = part<number[]>(part<VectorRecord>(args, name), "shape");
  return new Uint8Array(shape.reduce((product, length) => product * length, 1));
}

/** The block [1:3]³ in 4³ and the same moved by one voxel on the first axis, as the cases of distances say. */
function blocks(engine: Engine, spacing: ArrayLike<number> = [1, 1, 1]) {
  const reference = new Uint8Array(64);
  const prediction = new Uint8Array(64);
  for (const z of [1, 2]) {
    for (const y of [1, 2]) {
      for (const x of [1, 2]) {
        reference[x + 4 * (y + 4 * z)] = 1;
        prediction[x + 1 + 4 * (y + 4 * z)] = 1;
      }
    }
  }
  const pair = new Comparison(engine, { shape: [4, 4, 4], reference, prediction });
  try {
    return pair.surfaces(1, "voxel", Array.from(spacing));
  } finally {
    pair.release();
  }
}

export const invalidSuite: Suite = {
  file: "invalid/cases.json",
  check(one, { engine }) {
    const call = calls[part<string>(one, "metric")];
    if (call === undefined) return { failure: `no metric ${String(one.metric)}`, got: null };
    const recommended = part<string>(one, "recommended");
    let value: number;
    try {
      value = call(part<VectorRecord>(one, "args"), engine);
    } catch (error) {
      if (!(error instanceof ScoringError)) throw error;
      const failure = recommended.includes("throw") ? undefined : `${recommended}, but: ${error.message}`;
      return { failure, got: error.code };
    }
    const failure = isAccepted(recommended, value) ? undefined : `${recommended}, but got ${value}`;
    return { failure, got: value };
  },
};

/** The words of the vectors, as far as they allow a value at all. */
function isAccepted(recommended: string, value: number): boolean {
  if (recommended.startsWith("NaN")) return Number.isNaN(value);
  if (recommended.includes("Infinity may return 1")) return value === 1;
  return /^(accept|value)|renormalise/.test(recommended) && Number.isFinite(value);
}
