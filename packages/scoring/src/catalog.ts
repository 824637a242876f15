import type { MetricFacts } from "./metric.ts";
import { absoluteVolumeDifferenceFacts } from "./metrics/absolute-volume-difference.ts";
import { accuracyFacts } from "./metrics/accuracy.ts";
import { assdFacts } from "./metrics/assd.ts";
import { aurocFacts } from "./metrics/auroc.ts";
import { aurocOvoFacts, aurocOvrFacts } from "./metrics/auroc-multiclass.ts";
import { averagePrecisionFacts } from "./metrics/average-precision.ts";
import { balancedAccuracyFacts } from "./metrics/balanced-accuracy.ts";
import { bratsLesionDiceFacts, bratsLesionHd95Facts } from "./metrics/brats-lesion-wise.ts";
import { brierFacts } from "./metrics/brier.ts";
import { cIndexFacts } from "./metrics/c-index.ts";
import { clDiceFacts } from "./metrics/cldice.ts";
import { cocoApFacts, cocoArFacts } from "./metrics/coco.ts";
import { cohenKappaFacts, cohenKappaLinearFacts, cohenKappaQuadraticFacts } from "./metrics/cohen-kappa.ts";
import { concordanceCorrelationFacts } from "./metrics/concordance-correlation.ts";
import { diceFacts } from "./metrics/dice.ts";
import { eceFacts } from "./metrics/ece.ts";
import { f1BinaryFacts, f1MacroFacts, f1MicroFacts, f1WeightedFacts } from "./metrics/f1.ts";
import { frocFacts } from "./metrics/froc.ts";
import { hausdorff95Facts, hausdorffFacts, hausdorffPercentileFacts } from "./metrics/hausdorff.ts";
import { iouFacts } from "./metrics/iou.ts";
import { lesionDetectionFacts } from "./metrics/lesion-detection.ts";
import { logLossFacts } from "./metrics/log-loss.ts";
import { maeFacts } from "./metrics/mae.ts";
import { mapIouV1Facts, mapIouV2Facts } from "./metrics/map-iou.ts";
import { masdFacts } from "./metrics/masd.ts";
import { mccFacts } from "./metrics/mcc.ts";
import { panopticQualityFacts } from "./metrics/panoptic-quality.ts";
import { pearsonFacts } from "./metrics/pearson.ts";
import { precisionFacts } from "./metrics/precision.ts";
import { r2Facts } from "./metrics/r2.ts";
import { recallFacts } from "./metrics/recall.ts";
import { relativeVolumeDifferenceFacts } from "./metrics/relative-volume-difference.ts";
import { rmseFacts } from "./metrics/rmse.ts";
import { sensitivityAtSpecificityFacts } from "./metrics/sensitivity-at-specificity.ts";
import { spearmanFacts } from "./metrics/spearman.ts";
import { specificityFacts } from "./metrics/specificity.ts";
import { surfaceDiceFacts } from "./metrics/surface-dice.ts";
import { volumeSimilarityFacts } from "./metrics/volume-similarity.ts";

/** What every metric of the package says about itself, by field. */
export const metricCatalog = {
  segmentation: [
    diceFacts,
    iouFacts,
    precisionFacts,
    recallFacts,
    specificityFacts,
    volumeSimilarityFacts,
    relativeVolumeDifferenceFacts,
    absoluteVolumeDifferenceFacts,
    hausdorffFacts,
    hausdorffPercentileFacts,
    hausdorff95Facts,
    assdFacts,
    masdFacts,
    surfaceDiceFacts,
    clDiceFacts,
  ],
  instances: [panopticQualityFacts, lesionDetectionFacts, bratsLesionDiceFacts, bratsLesionHd95Facts],
  classification: [
    accuracyFacts,
    balancedAccuracyFacts,
    f1BinaryFacts,
    f1MacroFacts,
    f1MicroFacts,
    f1WeightedFacts,
    mccFacts,
    cohenKappaFacts,
    cohenKappaLinearFacts,
    cohenKappaQuadraticFacts,
    aurocFacts,
    aurocOvrFacts,
    aurocOvoFacts,
    averagePrecisionFacts,
    logLossFacts,
    brierFacts,
    eceFacts,
    sensitivityAtSpecificityFacts,
  ],
  detection: [mapIouV1Facts, mapIouV2Facts, frocFacts, cocoApFacts, cocoArFacts],
  regression: [maeFacts, rmseFacts, r2Facts, pearsonFacts, spearmanFacts, concordanceCorrelationFacts],
  survival: [cIndexFacts],
} as const satisfies Readonly<Record<string, readonly MetricFacts[]>>;

/** All versions of a metric, the oldest first; none if there is no such metric. */
function historyOf(name: string): readonly MetricFacts[] {
  const all: readonly MetricFacts[] = Object.values(metricCatalog).flat();
  return all.filter((facts) => facts.name === name);
}

/** The facts of a metric by its name, and of the newest version if none is named. */
export function factsOf(name: string, version?: string): MetricFacts | undefined {
  const history = historyOf(name);
  return version === undefined ? history.at(-1) : history.find((facts) => facts.version === version);
}

/** The versions that can be computed, the newest last. */
export function versionsOf(name: string): readonly string[] {
  return historyOf(name).map(({ version }) => version);
}
