import { type Fault, placed, within } from "../errors.ts";
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

/** A mask that is packed in an arena. */
export interface PackedMask extends Geometry {
  readonly volume: PackedVolume;
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
  const reference = await named("reference", () => packMask(engine, files.reference, options));
  const prediction = await named("prediction", () =>
    packMaskInOrder(engine, reference, files.prediction, options),
  );
  const { shape, spacing, affine } = reference;
  const warnings = [
    ...placed(reference.warnings, { file: "reference" }),
    ...placed(prediction.warnings, { file: "prediction" }),
  ];
  return {
    pair: { shape, reference: reference.volume, prediction: prediction.volume },
    geometry: { shape, spacing, affine, warnings },
  };
}

/** What `readMask` reads, packed as it lies in the file. */
export async function packMask(engine: Engine, bytes: Uint8Array, limits: MaskLimits): Promise<PackedMask> {
  const file = await openNifti(bytes, limits);
  const geometry = geometryOf(file.header);
  const volume = await pack(engine, file, geometry.shape, limits);
  return { ...geometry, volume, warnings: file.warnings };
}

/** The same in the voxel order of another image. @throws what `reorderFor` throws, before any voxel is read */
export async function packMaskInOrder(
  engine: Engine,
  { shape, spacing, affine }: Geometry,
  bytes: Uint8Array,
  options: ReadOptions,
): Promise<PackedMask> {
  const reference = { shape, spacing, affine };
  const file = await openNifti(bytes, options);
  const own = geometryOf(file.header);
  const volume =
    reorderFor(reference, own, options) === asIs
      ? await pack(engine, file, shape, options)
      : packVolume(
          engine,
          checkShape(shape),
          inOrderOf(reference, toMask(await voxelsOf(file), options), options).labels,
          "labels",
        );
  return { ...reference, volume, warnings: file.warnings };
}

async function pack(
  engine: Engine,
  file: NiftiFile,
  shape: readonly number[],
  limits: MaskLimits,
): Promise<PackedVolume> {
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

async function named<Value>(file: string, work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw within(error, { file });
  }
}
