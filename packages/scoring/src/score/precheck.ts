import type { Manifest } from "../competition.ts";
import { placed, ScoringError, within } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { geometryOf, type Mask, toMask } from "../images/mask.ts";
import { openNifti, voxelsOf } from "../images/nifti.ts";
import { type Geometry, reorderFor } from "../images/orientation.ts";
import { IdIndex } from "../tables/ids.ts";
import type { ZipFile } from "../tables/zip.ts";
import { collected, openArchive, submittedLimits } from "./archive.ts";
import { readBoxColumns, readRuns } from "./read-targets.ts";
import { readSubmissionTable, tableTargets } from "./submission-table.ts";
import type { Input, Precheck, PrecheckOptions, PublicIds } from "./types.ts";

/**
 * Everything that can be judged of a submission without the reference: form, types, ranges, ids, boxes, masks and, where
 * the public geometry is given, shape, spacing and orientation of every image. Never throws for what a file holds.
 */
export async function precheck(
  manifest: Manifest,
  publicIds: PublicIds,
  file: Input,
  options: PrecheckOptions = {},
): Promise<Precheck> {
  const faults = new FaultList();
  const warnings = new FaultList();
  const entries =
    manifest.task === "segmentation-nifti"
      ? await checkImages(manifest, publicIds, file, { faults, warnings, options })
      : await checkTable(manifest, publicIds, file, faults);
  return {
    ok: faults.total === 0,
    faults: faults.kept,
    faultsTotal: faults.total,
    warnings: warnings.kept,
    warningsTotal: warnings.total,
    entries,
  };
}

async function checkTable(
  manifest: Manifest,
  publicIds: PublicIds,
  file: Input,
  faults: FaultList,
): Promise<number> {
  const known = { index: new IdIndex(publicIds.ids), mayBeNamed: true };
  const submission = await readSubmissionTable(manifest, known, file, faults);
  const targets = tableTargets(manifest);
  if (targets === "boxes") readBoxColumns(manifest, known, submission, faults);
  if (targets === "runs" && publicIds.sizes !== undefined)
    readRuns(manifest, submission, publicIds.sizes, faults);
  return submission.table.rows;
}

interface Checking {
  readonly faults: FaultList;
  readonly warnings: FaultList;
  readonly options: PrecheckOptions;
}

async function checkImages(
  manifest: Manifest,
  publicIds: PublicIds,
  file: Input,
  { faults, warnings, options }: Checking,
): Promise<number> {
  const { ids, geometry } = publicIds;
  const archive = await openArchive(manifest, { index: new IdIndex(ids), mayBeNamed: true }, file, faults);
  for (const [at, one] of archive.fileOf.entries()) {
    if (options.signal?.aborted === true) throw new ScoringError("cancelled");
    if (one === undefined) continue;
    await collected(faults, () => checkCase(manifest, one, geometry?.[at], warnings));
    options.onProgress?.(at + 1, ids.length);
  }
  return archive.files;
}

async function checkCase(
  manifest: Manifest,
  file: ZipFile,
  geometry: Geometry | undefined,
  warnings: FaultList,
): Promise<void> {
  try {
    // In the order of scoring, so that what has two faults is refused for the same one.
    const limits = submittedLimits(manifest);
    const image = await openNifti(await file.read(), limits);
    const own = geometryOf(image.header);
    if (geometry !== undefined) reorderFor(geometry, own, limits);
    const mask = toMask(await voxelsOf(image), limits);
    warnings.addAll(placed(mask.warnings, { file: file.entry }));
    checkLabels(manifest, mask);
  } catch (error) {
    throw within(error, { file: file.entry });
  }
}

function checkLabels({ labels }: Manifest, mask: Mask): void {
  if (labels === null) return;
  const allowed = new Uint8Array(65536);
  for (const label of [0, ...labels]) allowed[label] = 1;
  const index = mask.labels.findIndex((label) => allowed[label] === 0);
  if (index >= 0) throw new ScoringError("image_bad_label", undefined, { argument: "voxels", index });
}
