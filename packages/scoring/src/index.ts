/** Everything that `@medforge/scoring` offers. What is not named here may change without notice. */

export { factsOf, metricCatalog, versionsOf } from "./catalog.ts";
export {
  isOlderForm,
  type Manifest,
  type ManifestLimits,
  type MetricEntry,
  type OlderManifest,
  olderManifestKeys,
  parseManifest,
  parseOlderManifest,
  type Task,
  type Validated,
  validateManifest,
  validateOlderManifest,
  withOlderManifest,
} from "./competition.ts";
export { type Fault, type FaultCode, faultCodes, ScoringError, type Where } from "./errors.ts";
export { type HoldoutFile, holdoutSha256, type ListedFile, listingSha256 } from "./holdout-sha256.ts";
export { gunzip, gzip } from "./images/gzip.ts";
export { geometryOf, type Mask, type MaskLimits, onlyLabels, readMask, toMask } from "./images/mask.ts";
export { type NiftiImage, niftiValues, readNifti, readNiftiHeader } from "./images/nifti.ts";
export type { NiftiHeader } from "./images/nifti-header.ts";
export { type NpyArray, readNpy } from "./images/npy.ts";
export { type Geometry, inOrderOf, reorderFor } from "./images/orientation.ts";
export { type NiftiToWrite, writeNifti } from "./images/write-nifti.ts";
export type { EngineChoice } from "./kernels/choose-engine.ts";
export {
  type Connectivity,
  connectedComponents,
  defaultConnectivity,
  type Instances,
} from "./kernels/instances.ts";
export type { MaskFiles, PairGeometry, ReadOptions } from "./kernels/mask-files.ts";
export {
  type LabelScore,
  type ScoreOptions as WorkspaceOptions,
  Workspace,
} from "./kernels/workspace.ts";
export { parseCocoRle, writeCocoRle } from "./masks/coco-rle.ts";
export { type ImageSize, parseRle, writeRle } from "./masks/rle.ts";
export { area, commonArea, type Runs, runCounts, runDice, runIou } from "./masks/runs.ts";
export type { MetricFacts } from "./metric.ts";
export { accuracy } from "./metrics/accuracy.ts";
export { auroc } from "./metrics/auroc.ts";
export { aurocOvo, aurocOvr, aurocPerClass } from "./metrics/auroc-multiclass.ts";
export { averagePrecision } from "./metrics/average-precision.ts";
export { balancedAccuracy } from "./metrics/balanced-accuracy.ts";
export { bratsLesionWise, bratsRegions, bratsRules } from "./metrics/brats-lesion-wise.ts";
export { brier, brierMulticlass } from "./metrics/brier.ts";
export { cIndex, concordance } from "./metrics/c-index.ts";
export { clDice } from "./metrics/cldice.ts";
export { type CocoRules, coco, cocoAp, cocoAr } from "./metrics/coco.ts";
export { cohenKappa } from "./metrics/cohen-kappa.ts";
export { concordanceCorrelation } from "./metrics/concordance-correlation.ts";
export { type ConfusionMatrix, confusionMatrix } from "./metrics/confusion-matrix.ts";
export { eceMulticlass, ecePositive, eceTopLabel } from "./metrics/ece.ts";
export { f1, f1Binary } from "./metrics/f1.ts";
export { froc, frocCurve } from "./metrics/froc.ts";
export { lesionDetection } from "./metrics/lesion-detection.ts";
export { type LesionHits, lesionHits } from "./metrics/lesion-hits.ts";
export { logLoss, logLossMulticlass } from "./metrics/log-loss.ts";
export { mae } from "./metrics/mae.ts";
export { mapIou, mapIouV1, mapIouV2 } from "./metrics/map-iou.ts";
export { mcc } from "./metrics/mcc.ts";
export { type OverlapCounts, overlapCounts } from "./metrics/overlap-counts.ts";
export { panopticQuality } from "./metrics/panoptic-quality.ts";
export { pearson } from "./metrics/pearson.ts";
export { r2 } from "./metrics/r2.ts";
export { rmse } from "./metrics/rmse.ts";
export { operatingPoint, sensitivityAtSpecificity } from "./metrics/sensitivity-at-specificity.ts";
export { spearman } from "./metrics/spearman.ts";
export { type PoolCase, type PoolResult, type PoolRun, type PoolSettings, ScoringPool } from "./pool/pool.ts";
export { publicIds } from "./score/public-ids.ts";
export {
  type Component,
  type Holdout,
  type Input,
  type Precheck,
  type PrecheckOptions,
  type PublicIds,
  precheck,
  type ScoreOptions,
  type ScoreReport,
  score,
} from "./score.ts";
export {
  absoluteVolumeDifference,
  assd,
  dice,
  hd,
  hd95,
  hdp,
  iou,
  type LabelImage,
  masd,
  nsd,
  precision,
  recall,
  relativeVolumeDifference,
  type SurfaceOptions,
  specificity,
  volumeSimilarity,
} from "./segmentation.ts";
export { type ByteSource, blobSource, bytesSource } from "./source.ts";
export { bootstrapMeans, pairedBootstrap } from "./statistics/bootstrap.ts";
export { holm } from "./statistics/holm.ts";
export { kendallTau } from "./statistics/kendall-tau.ts";
export { mcnemar } from "./statistics/mcnemar.ts";
export { type RankedEntry, rankBoard } from "./statistics/ranking.ts";
export { wilcoxon } from "./statistics/wilcoxon.ts";
export { IdIndex } from "./tables/ids.ts";
export { parseTable, readTable, type Table, TableReader, type TableSchema } from "./tables/table.ts";
export { writeZip } from "./tables/write-zip.ts";
export { openZip, type ZipFile, type ZipLimits } from "./tables/zip.ts";
export { packageVersion } from "./version.ts";
