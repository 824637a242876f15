import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { buildKernels } from "../../build-kernels.ts";
import { onlyLabels, readMask } from "../images/mask.ts";
import { bratsLesionWise, bratsRegions, bratsRules } from "../metrics/brats-lesion-wise.ts";
import { clDice } from "../metrics/cldice.ts";
import { lesionDetection } from "../metrics/lesion-detection.ts";
import { panopticQuality } from "../metrics/panoptic-quality.ts";
import { vectorsFolder } from "../testing.ts";
import { classAreas, lineClasses, surfaceClasses } from "./areas.ts";
import { plainEngine } from "./engine.ts";
import { type Connectivity, connectedComponents, mapInstances } from "./instances.ts";
import type { LabelArray } from "./volumes.ts";
import { wasmEngine } from "./wasm.ts";
import { type LabelScore, type SurfaceScore, Workspace } from "./workspace.ts";

await buildKernels();

type Json = number | string | null | boolean | readonly Json[] | { readonly [key: string]: Json };
type Record = { readonly [key: string]: Json };
interface Case {
  readonly [key: string]: Json;
  readonly id: string;
  readonly ref: string;
  readonly pred: string;
}

const { folder, reason } = vectorsFolder();
const RATIO = 1e-12;
const DISTANCE = 1e-9;

function read(name: string): Record {
  return JSON.parse(readFileSync(join(folder ?? "", name), "utf8"));
}

function casesOf(name: string): readonly Case[] {
  return folder === undefined ? [] : (read(`${name}/cases.json`).cases as unknown as Case[]);
}

/** The vectors' order and the mask's are the same: x fastest. */
async function mask(name: string): Promise<{ labels: LabelArray; shape: readonly number[] }> {
  return readMask(new Uint8Array(readFileSync(join(folder ?? "", name))));
}

function near(actual: number, expected: Json | undefined, tolerance: number, what: string): void {
  const wanted = Number(expected);
  if (Number.isNaN(wanted)) {
    expect(actual, what).toBeNaN();
    return;
  }
  if (actual === wanted) return;
  expect(
    Math.abs(actual - wanted) / Math.abs(wanted),
    `${what}: ${actual} for ${wanted}`,
  ).toBeLessThanOrEqual(tolerance);
}

function compareSurface(score: SurfaceScore, wanted: Record, record: Record): void {
  const name = score.definition;
  for (const key of ["hd", "assd", "masd"] as const) {
    if (key in wanted) near(score[key], wanted[key], DISTANCE, `${name} ${key}`);
  }
  for (const [key, own] of [
    ["hdp", score.hdp],
    ["hdpPooled", score.hdpPooled],
  ] as const) {
    for (const [p, value] of Object.entries((wanted[key] ?? {}) as Record)) {
      const others = (wanted.hdpTieAlternatives as Record | undefined)?.[p] as number[] | undefined;
      const choices = key === "hdp" && others ? others : [value];
      const best = choices.find((one) => Math.abs(Number(one) - (own[p] ?? 0)) < 1e-6) ?? value;
      near(own[p] as number, best, DISTANCE, `${name} ${key} ${p}`);
    }
  }
  (record.tolerances as number[]).forEach((tau, i) => {
    near(score.nsd[i] as number, (wanted.nsd as Json[])[i], DISTANCE, `${name} nsd at ${tau}`);
  });
  if (record.status !== "ok") return;
  expect(score.elements).toEqual({ reference: wanted.nRef as number, prediction: wanted.nPred as number });
  near(score.mean.reference, wanted.asdRefToPred, DISTANCE, `${name} asd`);
  near(score.mean.prediction, wanted.asdPredToRef, DISTANCE, `${name} asd back`);
  if (name === "surfel") {
    near(score.weight.reference, wanted.areaRef, DISTANCE, "areaRef");
    near(score.weight.prediction, wanted.areaPred, DISTANCE, "areaPred");
  }
}

function compareLabel(score: LabelScore, record: Record): void {
  expect(score.status).toBe(record.status as LabelScore["status"]);
  expect(score.counts).toEqual(record.counts as unknown as LabelScore["counts"]);
  const overlap = { ...score.overlap, ...score.volumes } as unknown as { [key: string]: number };
  for (const [key, value] of Object.entries(record.overlap as Record)) {
    const own = {
      absoluteVolumeDifferenceRatio: "absoluteVolumeDifference",
      volumeRef: "reference",
      volumePred: "prediction",
    }[key];
    near(overlap[own ?? key] as number, value, RATIO, key);
  }
  const surface = record.surface as { voxel: Record; surfel: Record };
  compareSurface(score.surface.voxel as SurfaceScore, surface.voxel, record);
  compareSurface(score.surface.surfel as SurfaceScore, surface.surfel, record);
}

describe.skipIf(folder === undefined)(`seg vectors${reason}`, () => {
  const { percentiles = [] } = folder === undefined ? {} : read("seg/cases.json");
  for (const engine of ["plain", "wasm"] as const) {
    for (const one of casesOf("seg")) {
      test(`${one.id} has the reference values (${engine})`, async () => {
        const workspace = await Workspace.create({ engine });
        const [reference, prediction] = [await mask(`seg/${one.ref}`), await mask(`seg/${one.pred}`)];
        const shape = one.shape as number[];
        workspace.load({ shape, reference: reference.labels, prediction: prediction.labels });
        for (const record of one.labels as Record[]) {
          const options = {
            spacing: one.spacing as number[],
            labels: [record.label as number],
            tolerances: record.tolerances as number[],
            percentiles: percentiles as number[],
          };
          const [score] = workspace.score({
            ...options,
            surfaces: { voxel: "distances", surfel: "distances" },
          });
          const [recommended] = workspace.score(options);
          expect(recommended?.surface.voxel).toEqual(score?.surface.voxel as SurfaceScore);
          expect(recommended?.surface.surfel?.nsd).toEqual(score?.surface.surfel?.nsd as number[]);
          compareLabel(score as LabelScore, record);
        }
      });
    }
  }

  test("surface elements have the areas and lengths of every neighbourhood", () => {
    const { areas3d, lengths2d } = read("seg/surfel-areas.json") as unknown as {
      areas3d: { spacing: [number, number, number]; area: number[] }[];
      lengths2d: { spacing: [number, number]; length: number[] }[];
    };
    for (const { spacing, area } of areas3d) {
      const own = classAreas(surfaceClasses(), spacing);
      area.forEach((value, code) => {
        near(own[surfaceClasses().ofCode[code] as number] as number, value, DISTANCE, `code ${code}`);
      });
    }
    for (const { spacing, length } of lengths2d) {
      const own = classAreas(lineClasses(), [...spacing, 1]);
      length.forEach((value, code) => {
        // The four bits of the plane, each doubled into both planes of a cube.
        const cube = [3, 2, 1, 0].reduce((sum, bit) => sum * 4 + ((code >> bit) & 1) * 3, 0);
        near(own[lineClasses().ofCode[cube] as number] as number, value, DISTANCE, `code ${code} in 2-D`);
      });
    }
  });
});

const engines = [plainEngine(), await wasmEngine()].filter((engine) => engine !== undefined);

describe.skipIf(folder === undefined)(`instance vectors${reason}`, () => {
  for (const engine of engines) {
    for (const one of casesOf("instances")) {
      test(`${one.id} has the components and the matches (${engine.name})`, async () => {
        const [a, b] = [await mask(`instances/${one.ref}`), await mask(`instances/${one.pred}`)];
        const shape = one.shape as number[];
        for (const [key, wanted] of Object.entries(one.byConnectivity as { [key: string]: Record })) {
          const connectivity = Number(key) as Connectivity;
          const ref = connectedComponents(engine, a.labels, shape, connectivity);
          const pred = connectedComponents(engine, b.labels, shape, connectivity);
          for (const [side, own] of [
            ["ref", ref],
            ["pred", pred],
          ] as const) {
            const { count, sizes } = wanted[side] as { count: number; sizes: number[] };
            expect(own.sizes.length).toBe(count);
            expect([...own.sizes].sort((p, q) => q - p)).toEqual([...sizes].sort((p, q) => q - p));
          }
          const rules = {
            pq: {},
            pqAtOrAbove50: { inclusive: true },
            greedyIou25: { iou: 0.25, inclusive: true },
            greedyIou10: { iou: 0.1, inclusive: true },
          };
          for (const [name, rule] of Object.entries(rules)) {
            sameScore(panopticQuality(ref, pred, rule), wanted[name] as Record, `${key} ${name}`);
          }
          sameScore(lesionDetection(ref, pred), wanted.anyOverlap as Record, `${key} anyOverlap`);
        }
      });
    }
  }
  for (const one of casesOf("instance-maps")) {
    test(`${one.id} has the matches of its map`, async () => {
      const [a, b] = [await mask(`instance-maps/${one.ref}`), await mask(`instance-maps/${one.pred}`)];
      const shape = one.shape as number[];
      const [ref, pred] = [mapInstances(a.labels, shape), mapInstances(b.labels, shape)];
      sameScore(panopticQuality(ref, pred), one.pq as Record, "pq");
      sameScore(lesionDetection(ref, pred), one.anyOverlap as Record, "anyOverlap");
    });
  }
  for (const one of casesOf("cldice")) {
    test(`${one.id} has the clDice of its skeletons`, async () => {
      const array = async (key: string) => (await mask(`cldice/${one[key]}`)).labels;
      const own = clDice({
        reference: await array("ref"),
        prediction: await array("pred"),
        referenceSkeleton: await array("refSkeleton"),
        predictionSkeleton: await array("predSkeleton"),
      });
      sameScore(own, one.counts as Record, "counts");
      for (const key of ["topologyPrecision", "topologySensitivity", "clDice"] as const) {
        near(own[key], one[key], RATIO, key);
      }
    });
  }
  for (const engine of engines) {
    for (const one of casesOf("brats")) {
      test(`${one.id} has the challenge's lesion-wise table (${engine.name})`, async () => {
        const [a, b] = [await mask(`brats/${one.ref}`), await mask(`brats/${one.pred}`)];
        const expected = one.expected as { [rules: string]: { [region: string]: Record } };
        for (const [rules, regions] of Object.entries(expected)) {
          for (const [region, wanted] of Object.entries(regions)) {
            const labels = bratsRegions[region as keyof typeof bratsRegions];
            const own = bratsLesionWise(
              engine,
              {
                shape: one.shape as number[],
                spacing: one.spacing as number[],
                reference: onlyLabels(a.labels, labels),
                prediction: onlyLabels(b.labels, labels),
              },
              bratsRules[rules as keyof typeof bratsRules],
            );
            sameScore(own, wanted, `${rules} ${region}`, DISTANCE);
          }
        }
      });
    }
  }
});

function sameScore(own: object, wanted: Record, what: string, tolerance = RATIO): void {
  for (const [key, value] of Object.entries(wanted)) {
    near((own as { [key: string]: number })[key] as number, value, tolerance, `${what} ${key}`);
  }
}
