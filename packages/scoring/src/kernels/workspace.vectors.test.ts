import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { buildKernels } from "../../build-kernels.ts";
import { readMask } from "../images/mask.ts";
import { vectorsFolder } from "../testing/vectors.ts";
import { classAreas, lineClasses, surfaceClasses } from "./areas.ts";
import type { LabelArray } from "./volumes.ts";
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

describe.skipIf(folder === undefined)(`seg vectors ${reason}`, () => {
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
