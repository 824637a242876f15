import { ScoringError } from "../errors.ts";
import { Comparison, checkSpacing } from "../kernels/comparison.ts";
import type { Engine } from "../kernels/engine.ts";
import { connectedComponents, gridComponents, type Instances, overlapsOf } from "../kernels/instances.ts";
import { type Box, gridShape, type PackedVolume, unionBox } from "../kernels/layout.ts";
import { nearOffsets } from "../kernels/offsets.ts";
import { type Chosen, dilate18, runsBox, runsGrid } from "../kernels/runs.ts";
import { type SurfacePlan, surfaceDistances, surfacePlan } from "../kernels/surface.ts";
import type { LabelArray } from "../kernels/volumes.ts";
import type { MetricFacts } from "../metric.ts";
import { dice } from "./dice.ts";
import { hausdorff95 } from "./hausdorff.ts";

const shared = {
  empty: "No lesion and no unmatched prediction: Dice 1, HD95 0.",
  source:
    "BraTS 2023 lesion-wise evaluation; Baid et al., arXiv:2107.02314, and the challenge's published rules.",
} as const;
const LESIONS =
  "Reference components (26) whose dilations touch are one lesion; it is compared with all predicted components that meet its dilation. Lesions not over the challenge's volume do not count.";

export const bratsLesionDiceFacts: MetricFacts = {
  ...shared,
  name: "brats-lesion-dice",
  version: "brats-lesion-dice-v1",
  direction: "higher-is-better",
  unit: "1",
  definition: `BraTS 2023 lesion-wise Dice: mean over lesions, missed ones and unmatched predictions counting 0. ${LESIONS}`,
};

export const bratsLesionHd95Facts: MetricFacts = {
  ...shared,
  name: "brats-lesion-hd95",
  version: "brats-lesion-hd95-v1",
  direction: "lower-is-better",
  unit: "mm",
  definition: `BraTS 2023 lesion-wise HD95 (surfels): mean over lesions, missed ones and unmatched predictions counting 374 mm. ${LESIONS}`,
};

/** The image diagonal of 240×240×155 at 1 mm, rounded up. */
export const BRATS_PENALTY_MM = 374;

export interface BratsRules {
  /** Rounds of dilation with 18 neighbours. */
  readonly dilation: number;
  /** Lesions not larger than so many mm³ do not count. */
  readonly lesionVolumeMm3: number;
}

export const bratsRules = {
  "BraTS-GLI": { dilation: 3, lesionVolumeMm3: 50 },
  "BraTS-SSA": { dilation: 3, lesionVolumeMm3: 50 },
  "BraTS-PED": { dilation: 3, lesionVolumeMm3: 50 },
  "BraTS-MEN": { dilation: 1, lesionVolumeMm3: 50 },
  "BraTS-MET": { dilation: 1, lesionVolumeMm3: 2 },
} as const satisfies Record<string, BratsRules>;

/** Which labels make up a region: 1 necrotic core, 2 oedema, 3 enhancing tumour. */
export const bratsRegions = { WT: [1, 2, 3], TC: [1, 3], ET: [3] } as const;

/** The names are those of the challenge's own table. */
export interface BratsRegionScore {
  readonly Num_TP: number;
  readonly Num_FP: number;
  readonly Num_FN: number;
  /** Of voxels. */
  readonly Sensitivity: number;
  readonly Specificity: number;
  /** Of the whole region. */
  readonly Legacy_Dice: number;
  readonly Legacy_HD95: number;
  /** mm³. */
  readonly GT_Complete_Volume: number;
  readonly LesionWise_Score_Dice: number;
  readonly LesionWise_Score_HD95: number;
}

/**
 * One region of one case. `reference` and `prediction` hold anything but 0 inside the region.
 * @throws ScoringError `bad_shape`, `bad_spacing`, `length_mismatch`, `too_large`.
 */
export function bratsLesionWise(
  engine: Engine,
  { shape, spacing, reference, prediction }: BratsCase,
  rules: BratsRules,
): BratsRegionScore {
  if (shape.length !== 3) {
    throw new ScoringError("bad_shape", "BraTS regions have three axes.", { argument: "shape" });
  }
  if (!Number.isInteger(rules.dilation) || rules.dilation < 0) {
    throw new ScoringError("bad_argument", "A dilation is a whole number of rounds.", {
      argument: "dilation",
    });
  }
  const mm = checkSpacing(spacing, 3);
  const voxel = mm[0] * mm[1] * mm[2];
  const whole = wholeRegion(engine, { shape, spacing, reference, prediction });
  const components = connectedComponents(engine, reference, shape, 26);
  const predicted = connectedComponents(engine, prediction, shape, 26);
  const dilated = dilatedLesions(engine, components, rules.dilation);
  const lesions = renumbered(components, dilated);
  const plan = surfacePlan("surfel", mm, false, nearOffsets(mm, false));

  const matched = new Map<number, Set<number>>();
  for (const pair of overlapsOf(dilated, predicted)) {
    matched.set(pair.reference, (matched.get(pair.reference) ?? new Set()).add(pair.prediction));
  }
  const common = overlapsOf(lesions, predicted);
  const hits = new Set<number>();
  for (const set of matched.values()) for (const one of set) hits.add(one);
  const falsePositives = predicted.sizes.length - hits.size;

  let [tp, fn, diceSum, distanceSum] = [0, 0, 0, 0];
  lesions.sizes.forEach((size, lesion) => {
    if (size * voxel <= rules.lesionVolumeMm3) return;
    const parts = matched.get(lesion);
    if (!parts) {
      fn++;
      distanceSum += BRATS_PENALTY_MM;
      return;
    }
    tp++;
    let both = 0;
    for (const pair of common) {
      if (pair.reference === lesion && parts.has(pair.prediction)) both += pair.voxels;
    }
    let predictedSize = 0;
    for (const part of parts) predictedSize += predicted.sizes[part] ?? 0;
    diceSum += dice({ tp: both, fp: predictedSize - both, fn: size - both, tn: 0 });
    distanceSum += lesionHd95(engine, plan, lesions, lesion, predicted, parts);
  });
  const counted = tp + fn + falsePositives;
  distanceSum += falsePositives * BRATS_PENALTY_MM;
  return {
    Num_TP: tp,
    Num_FP: falsePositives,
    Num_FN: fn,
    ...whole,
    LesionWise_Score_Dice: counted === 0 ? 1 : diceSum / counted,
    LesionWise_Score_HD95: counted === 0 ? 0 : distanceSum / counted,
  };
}

export interface BratsCase {
  readonly shape: readonly number[];
  /** mm. */
  readonly spacing: readonly number[];
  readonly reference: LabelArray | PackedVolume;
  readonly prediction: LabelArray | PackedVolume;
}

function wholeRegion(engine: Engine, { shape, spacing, reference, prediction }: BratsCase) {
  const pair = new Comparison(engine, { shape, reference, prediction });
  try {
    const counts = pair.counts(0);
    const size = counts.tp + counts.fn;
    const distance = hausdorff95(pair.surfaces(0, "surfel", spacing));
    const empty = size === 0 && counts.fp === 0;
    return {
      // 0/0 is 0, but for two empty masks.
      Sensitivity: empty ? 1 : size === 0 ? 0 : counts.tp / size,
      Specificity: counts.tn === 0 ? 0 : counts.tn / (counts.tn + counts.fp),
      Legacy_Dice: dice(counts),
      Legacy_HD95: Number.isFinite(distance) ? distance : BRATS_PENALTY_MM,
      GT_Complete_Volume: size * spacing.reduce((product, one) => product * one, 1),
    };
  } finally {
    pair.release();
  }
}

/** Components (26) of the dilated reference. Each is also the dilation of its own lesion: no two touch. */
function dilatedLesions(engine: Engine, components: Instances, rounds: number): Instances {
  const all = () => true;
  const tight = runsBox(components.runs, components.shape[1], all);
  if (!tight) return components;
  const { arena } = engine;
  const mark = arena.mark();
  // In an image larger by the dilation on all sides, because what grows over the edge still joins lesions in it the
  // same way: every such path can be walked inside. Coordinates stay those of the image while they are not negative.
  const shift = 64 * Math.ceil(rounds / 64);
  const [nx, ny, nz = 1] = components.shape;
  const grown = [nx + 2 * shift, ny + 2 * rounds, nz + 2 * rounds] as const;
  const moved = components.runs.slice();
  for (let i = 0; i < moved.length; i += 4) {
    const row = moved[i + 2] as number;
    const y = row % ny;
    moved[i] = (moved[i] as number) + shift;
    moved[i + 1] = (moved[i + 1] as number) + shift;
    moved[i + 2] = ((row - y) / ny + rounds) * grown[1] + y + rounds;
  }
  const box = {
    x0: tight.x0 + shift - rounds,
    x1: tight.x1 + shift + rounds,
    y0: tight.y0,
    y1: tight.y1 + 2 * rounds,
    z0: tight.z0,
    z1: tight.z1 + 2 * rounds,
  };
  const bits = runsGrid(engine, moved, grown[1], all, box);
  dilate18(engine, bits, box, rounds);
  const found = gridComponents(engine, bits, gridShape(box, false, 0, 0).blocks, box, 3, grown);
  arena.release(mark);
  return clipped(found, components.shape, shift, rounds);
}

/** Back in the image's coordinates, without what lies outside of it. */
function clipped(found: Instances, shape: Instances["shape"], shift: number, rounds: number): Instances {
  const [nx, ny, nz = 1] = shape;
  const runs: number[] = [];
  const sizes = new Uint32Array(found.sizes.length);
  for (let i = 0; i < found.runs.length; i += 4) {
    const row = found.runs[i + 2] as number;
    const y = (row % found.shape[1]) - rounds;
    const z = Math.floor(row / found.shape[1]) - rounds;
    const first = Math.max(0, (found.runs[i] as number) - shift);
    const last = Math.min(nx - 1, (found.runs[i + 1] as number) - shift);
    if (first > last || y < 0 || y >= ny || z < 0 || z >= nz) continue;
    const object = found.runs[i + 3] as number;
    runs.push(first, last, z * ny + y, object);
    sizes[object] = (sizes[object] ?? 0) + last - first + 1;
  }
  return { shape, sizes, runs: Uint32Array.from(runs) };
}

/** The reference's runs with the number of the dilated lesion that holds them. */
function renumbered(components: Instances, dilated: Instances): Instances {
  const owner = new Uint32Array(components.sizes.length);
  for (const pair of overlapsOf(components, dilated)) owner[pair.reference] = pair.prediction;
  const runs = components.runs.slice();
  const sizes = new Uint32Array(dilated.sizes.length);
  for (let i = 3; i < runs.length; i += 4) runs[i] = owner[runs[i] as number] as number;
  components.sizes.forEach((size, i) => {
    const to = owner[i] as number;
    sizes[to] = (sizes[to] ?? 0) + size;
  });
  return { shape: components.shape, sizes, runs };
}

function lesionHd95(
  engine: Engine,
  plan: SurfacePlan,
  lesions: Instances,
  lesion: number,
  predicted: Instances,
  parts: ReadonlySet<number>,
): number {
  const rows = lesions.shape[1];
  const own: Chosen = (object) => object === lesion;
  const theirs: Chosen = (object) => parts.has(object);
  const box = bothBoxes(runsBox(lesions.runs, rows, own), runsBox(predicted.runs, rows, theirs));
  const { arena } = engine;
  const mark = arena.mark();
  const a = runsGrid(engine, lesions.runs, rows, own, box);
  const b = runsGrid(engine, predicted.runs, rows, theirs, box);
  const grid = gridShape(box, false, plan.offsets.padY, plan.offsets.padZ);
  const [reference, prediction] = surfaceDistances(engine, plan, grid, a, b);
  arena.release(mark);
  return hausdorff95({ definition: "surfel", status: "ok", distances: { reference, prediction } });
}

function bothBoxes(a: Box | undefined, b: Box | undefined): Box {
  if (!a || !b) throw new RangeError("A lesion and its match have voxels.");
  return unionBox(a, b);
}
