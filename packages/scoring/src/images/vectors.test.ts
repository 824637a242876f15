import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ScoringError } from "../errors.ts";
import { vectorsFolder } from "../testing.ts";
import { niftiValues, readNifti } from "./nifti.ts";

interface Expected {
  readonly values: readonly (readonly [number, number])[];
  readonly nonFinite: number;
  readonly sumFinite: number;
  readonly sha256Float64LE: string;
  readonly affine: readonly (readonly number[])[];
  readonly slope: number | "NaN";
  readonly inter: number | "NaN";
}

interface Case {
  readonly id: string;
  readonly file: string;
  readonly expected?: Expected;
  readonly expectError?: string;
}

const { folder, reason } = vectorsFolder();

describe.skipIf(folder === undefined)(`io vectors${reason}`, () => {
  const file = join(folder ?? "", "io/cases.json");
  const cases: Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).cases : [];
  for (const one of cases) {
    const bytes = () => new Uint8Array(readFileSync(join(folder ?? "", "io", one.file)));
    if (one.expected === undefined) {
      test(`${one.id} is refused with a typed error, or read where the vectors allow it`, async () => {
        const outcome = await readNifti(bytes()).catch((error: unknown) => error);
        if (one.expectError === "throw") expect(outcome).toBeInstanceOf(ScoringError);
        else if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ScoringError);
      });
      continue;
    }
    const { values, nonFinite, sumFinite, sha256Float64LE, affine, slope, inter, ...plain } = one.expected;
    test(`${one.id} has the header and the voxels that nibabel reads`, async () => {
      const image = await readNifti(bytes());
      expect(image.header).toMatchObject({
        ...plain,
        slope: Number(slope),
        inter: Number(inter),
      } as Record<string, unknown>);
      image.header.affine.flat().forEach((value, at) => {
        expect(Math.abs(value - (affine.flat()[at] ?? Number.NaN))).toBeLessThanOrEqual(1e-15);
      });
      const voxels = niftiValues(image);
      expect(createHash("sha256").update(new Uint8Array(voxels.buffer)).digest("hex")).toBe(sha256Float64LE);
      const finite = voxels.filter(Number.isFinite);
      expect(voxels.length - finite.length).toBe(nonFinite);
      expect(Math.abs(finite.reduce((sum, value) => sum + value, 0) - sumFinite)).toBeLessThanOrEqual(1e-9);
      const counts = new Map<number, number>();
      for (const value of finite) counts.set(value, (counts.get(value) ?? 0) + 1);
      expect([...counts].sort(([a], [b]) => a - b)).toEqual(values.map(([value, count]) => [value, count]));
    });
  }
});
