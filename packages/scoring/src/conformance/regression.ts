import { cIndex, concordance } from "../metrics/c-index.ts";
import { concordanceCorrelation } from "../metrics/concordance-correlation.ts";
import { bias, mae, medianAbsoluteError } from "../metrics/mae.ts";
import { pearson } from "../metrics/pearson.ts";
import { r2 } from "../metrics/r2.ts";
import { mse, rmse } from "../metrics/rmse.ts";
import { spearman } from "../metrics/spearman.ts";
import { kendallTau } from "../statistics/kendall-tau.ts";
import { column, type VectorNumber, type VectorRecord } from "./checks.ts";
import { part, type Suite } from "./suite.ts";

export const regressionSuite: Suite = {
  file: "regression/regression.json",
  check(one) {
    const y = column(part<VectorNumber[]>(one, "y"));
    const pred = column(part<VectorNumber[]>(one, "pred"));
    return {
      expected: part<VectorRecord>(one, "expected"),
      got: {
        mae: mae(y, pred),
        mse: mse(y, pred),
        rmse: rmse(y, pred),
        medianAbsoluteError: medianAbsoluteError(y, pred),
        bias: bias(y, pred),
        r2: r2(y, pred),
        r2Sklearn: r2(y, pred, "scikit-learn"),
        pearson: pearson(y, pred),
        spearman: spearman(y, pred),
        kendallTauB: kendallTau(y, pred),
        concordanceCorrelation: concordanceCorrelation(y, pred),
      },
      tolerance: () => (one.family === "large-offset" ? 1e-6 : 1e-10),
    };
  },
};

export const cIndexSuite: Suite = {
  file: "regression/cindex.json",
  check(one) {
    const time = column(part<VectorNumber[]>(one, "time"));
    const event = column(part<VectorNumber[]>(one, "event"));
    const risk = column(part<VectorNumber[]>(one, "risk"));
    return {
      expected: part<VectorRecord>(one, "expected"),
      got: { cindex: cIndex(time, event, risk), ...concordance(time, event, risk) },
      tolerance: (path) => (path === "cindex" ? 1e-12 : 0),
    };
  },
};
