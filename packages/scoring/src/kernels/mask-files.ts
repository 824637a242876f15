import { type Fault, within } from "../errors.ts";
import { geometryOf, type MaskLimits, plainLabels, toMask } from "../images/mask.ts";
import { type NiftiFile, openNifti, voxelsOf } from "../images/nifti.ts";
import { asIs, type Geometry, type GeometryTolerance, inOrderOf, reorderFor } from "../images/orientation.ts";
import type { MaskPair } from "./comparison.ts";
import type { Engine } from "./engine.ts";
import type { PackedVolume } from "./layout.ts";
import { checkShape, labelsOf, packVolume, VolumePacker } from "./volumes.ts";

/** What the two masks of a case are: two .nii or .nii.gz files. */
export interface MaskFiles {
  readonly reference: Uint8Array;
  readonly prediction: Uint8Array;
}

export interface ReadOptions extends MaskLimits, GeometryTolerance {}

/** The reference's geometry, and what is odd about either file. */
export interface PairGeometry extends Geometry {
  readonly warnings: readonly Fault[];
}

/**
 * Two files into the arena, the prediction in the reference's orientation, as `readMask` and `inOrderOf` would have
 * them. Whoever catches what this throws releases the arena.
 */
export async function packFiles(
  engine: Engine,
  files: MaskFiles,
  options: ReadOptions,
): Promise<{ readonly pair: MaskPair<PackedVolume>; readonly geometry: PairGeometry }> {
  const [reference, prediction] = [
    await named("reference", () => open(files.reference, options)),
    await named("prediction", () => open(files.prediction, options)),
  ];
  const pair = {
    shape: reference.shape,
    reference: await named("reference", () => pack(engine, reference, options)),
    prediction: await named("prediction", () => {
      const isInOrder = reorderFor(reference, prediction, options) === asIs;
      return isInOrder
        ? pack(engine, prediction, options)
        : packInOrder(engine, reference, prediction, options);
    }),
  };
  const { shape, spacing, affine } = reference;
  const warnings = [
    ...placed("reference", reference.file.warnings),
    ...placed("prediction", prediction.file.warnings),
  ];
  return { pair, geometry: { shape, spacing, affine, warnings } };
}

interface MaskFile extends Geometry {
  readonly file: NiftiFile;
}

async function open(bytes: Uint8Array, limits: MaskLimits): Promise<MaskFile> {
  const file = await openNifti(bytes, limits);
  return { ...geometryOf(file.header), file };
}

async function pack(engine: Engine, { file, shape }: MaskFile, limits: MaskLimits): Promise<PackedVolume> {
  const checked = checkShape(shape);
  const plain = plainLabels(file.header, limits);
  if (plain) {
    const mark = engine.arena.mark();
    const packer = new VolumePacker(engine, checked, plain.bytes);
    await file.pour(packer);
    const volume = packer.finish();
    const largest = [...labelsOf(engine, volume).keys()].at(-1) ?? 0;
    if (largest <= plain.max) return volume;
    // Some voxel is none: the slow way finds it and says where.
    engine.arena.release(mark);
  }
  return packVolume(engine, checked, toMask(await voxelsOf(file), limits).labels, "labels");
}

async function packInOrder(
  engine: Engine,
  reference: Geometry,
  { file }: MaskFile,
  options: ReadOptions,
): Promise<PackedVolume> {
  const mask = toMask(await voxelsOf(file), options);
  const { labels } = inOrderOf(reference, mask, options);
  return packVolume(engine, checkShape(reference.shape), labels, "labels");
}

async function named<Value>(file: string, work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw within(error, { file });
  }
}

function placed(file: string, warnings: readonly Fault[]): Fault[] {
  return warnings.map((one) => ({ ...one, where: { file, ...one.where } }));
}
