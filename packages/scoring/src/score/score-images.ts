import type { Manifest } from "../competition.ts";
import { type Fault, faultsError, ScoringError, within } from "../errors.ts";
import { FaultList } from "../faults.ts";
import { type Mask, readMask } from "../images/mask.ts";
import { inOrderOf } from "../images/orientation.ts";
import { chooseEngine } from "../kernels/choose-engine.ts";
import type { Engine } from "../kernels/engine.ts";
import { IdIndex } from "../tables/ids.ts";
import type { ZipFile } from "../tables/zip.ts";
import { collected, openArchive, readArchived } from "./archive.ts";
import { measureMasks } from "./measure-masks.ts";
import { meanOfCases } from "./report.ts";
import type { Holdout, Input, Measured, ScoreOptions } from "./types.ts";

type ImageHoldout = Extract<Holdout, { ids: readonly string[] }>;

/** Scores an archive of masks case by case; at any time two masks and one entry are in memory. */
export async function scoreImages(
  manifest: Manifest,
  holdout: ImageHoldout,
  file: Input,
  options: ScoreOptions,
): Promise<{ measured: readonly Measured[]; warnings: readonly Fault[] }> {
  if (holdout.ids.length !== manifest.expectedRows) {
    throw new ScoringError(
      "holdout_invalid",
      "Its number of cases is not the one that the manifest expects.",
    );
  }
  const faults = new FaultList();
  const warnings: Fault[] = [];
  const archive = await openArchive(
    manifest,
    { index: new IdIndex(holdout.ids), mayBeNamed: false },
    file,
    faults,
  );
  const engine = await chooseEngine(options.engine);
  const perCase = manifest.metrics.map(() => new Float64Array(holdout.ids.length));
  for (const [at, id] of holdout.ids.entries()) {
    if (options.signal?.aborted === true) throw new ScoringError("cancelled");
    const one = archive.fileOf[at];
    // After a missing file there is no score, but the other files are still read, so that all faults are told at once.
    if (one === undefined && manifest.missingCases === "refuse") continue;
    const values = await collected(faults, () =>
      scoreCase(manifest, engine, holdout, { id, file: one, warnings }),
    );
    values?.forEach((value, metric) => {
      (perCase[metric] as Float64Array)[at] = value;
    });
    options.onProgress?.(at + 1, holdout.ids.length);
  }
  if (faults.total > 0) throw faultsError(faults.kept);
  return { measured: perCase.map((values) => ({ value: meanOfCases(values), perCase: values })), warnings };
}

interface OneCase {
  readonly id: string;
  readonly file: ZipFile | undefined;
  readonly warnings: Fault[];
}

async function scoreCase(
  manifest: Manifest,
  engine: Engine,
  holdout: ImageHoldout,
  { id, file, warnings }: OneCase,
): Promise<readonly number[]> {
  const reference = await readReference(holdout, id);
  if (file === undefined) {
    const nothing = { ...reference, labels: new Uint8Array(reference.labels.length) };
    return measureMasks(manifest, engine, reference, nothing);
  }
  const prediction = await readArchived(manifest, file);
  warnings.push(...prediction.warnings.map((one) => ({ ...one, where: { file: file.entry, ...one.where } })));
  try {
    const aligned = inOrderOf(reference, prediction, { distanceMm: manifest.geometryToleranceMm });
    return measureMasks(manifest, engine, reference, aligned);
  } catch (error) {
    throw within(error, { file: file.entry });
  }
}

async function readReference(holdout: ImageHoldout, id: string): Promise<Mask> {
  try {
    return await readMask(await holdout.read(id));
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ScoringError("holdout_invalid", "A reference mask cannot be read.", { file: "holdout" });
  }
}
