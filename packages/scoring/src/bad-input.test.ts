import { describe, expect, test } from "bun:test";

import { buildKernels } from "../build-kernels.ts";
import type { Manifest } from "./competition.ts";
import { ScoringError } from "./errors.ts";
import { type Holdout, type PublicIds, precheck, score } from "./score.ts";
import { writeZip } from "./tables/write-zip.ts";
import {
  badArchives,
  badImages,
  badNumbers,
  badRuns,
  badTables,
  masksTask,
  runsTask,
  tableTask,
} from "./testing/bad-input.ts";
import { manifestOf, text } from "./testing/manifest.ts";

await buildKernels();

/**
 * What a participant can hand in that is wrong, item by item: which codes it gets, that the check against public ids
 * and the score against the holdout say the same, and that a fault has a code and never a Dice of 0.
 */

async function codesOf(
  manifest: Manifest,
  holdout: Holdout,
  publicIds: PublicIds,
  file: Uint8Array,
): Promise<string[]> {
  const checked = await precheck(manifest, publicIds, file);
  const scored = await score(manifest, holdout, file).catch((error: unknown) => error);
  const places = checked.faults.map(({ code, where }) =>
    [code, where.file, where.row, where.column, where.field].filter((part) => part !== undefined).join(" "),
  );
  if (scored instanceof ScoringError) {
    expect(scored.faults.map(({ code }) => code)).toEqual(checked.faults.map(({ code }) => code));
    expect(scored.faultsTotal).toBe(checked.faultsTotal);
  } else {
    if (scored instanceof Error) throw scored;
    expect(places).toEqual([]);
  }
  expect(checked.ok).toBe(places.length === 0);
  return places;
}

describe("a table", () => {
  const manifest = manifestOf(tableTask.manifest);
  const holdout = { table: text(tableTask.holdout) };
  const publicIds = { ids: tableTask.ids };
  const codes = (file: string | Uint8Array) =>
    codesOf(manifest, holdout, publicIds, typeof file === "string" ? text(file) : file);
  for (const [name, [file, expected]] of Object.entries(badTables)) {
    test(name, async () => expect(await codes(file)).toEqual([...expected]));
  }

  for (const [number, code] of Object.entries(badNumbers)) {
    test(`with the number ${JSON.stringify(number)}: ${code}`, async () => {
      const [first, ...more] = await codes(`id,p\na,0\nb,${number}\nc,0.5\n`);
      expect(first?.split(" ").slice(0, 2)).toEqual([code, "3"]);
      expect(more).toEqual([]);
    });
  }

  test("with the label 01 for 1, 1.0 for 1, or a class that there is not", async () => {
    const labels = manifestOf({
      task: "classification",
      classes: 2,
      target_columns: ["p"],
      expected_rows: 3,
      metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }],
    });
    expect(await codesOf(labels, holdout, publicIds, text("id,p\na,01\nb,1.0\nc,2\n"))).toEqual([
      "value_not_number 2 p",
      "value_not_label 3 p",
      "value_out_of_range 4 p",
    ]);
  });

  test("of a million bad rows makes a report of a hundred faults and the right total", async () => {
    const file = text(`id,p\n${"z,x\n".repeat(1_000_000)}`);
    const checked = await precheck(manifest, publicIds, file);
    expect(checked.faults.length).toBe(100);
    // Two for each row, and three ids that do not occur.
    expect(checked.faultsTotal).toBe(2_000_003);
    expect(JSON.stringify(checked).length).toBeLessThan(20_000);
    const error = await score(manifest, holdout, file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ faultsTotal: 2_000_003 });
  });
});

describe("a run-length mask", () => {
  const manifest = manifestOf(runsTask.manifest);
  const holdout = { table: text(runsTask.holdout) };
  const publicIds = { ids: runsTask.ids, sizes: [runsTask.size] };
  for (const [name, [rle, code]] of Object.entries(badRuns)) {
    test(`${name}: ${code}`, async () => {
      expect(await codesOf(manifest, holdout, publicIds, text(`id,rle\na,${rle}\n`))).toEqual([
        `${code} 2 rle`,
      ]);
    });
  }
});

describe("an archive of masks", () => {
  const manifest = manifestOf(masksTask.manifest);
  const { ids, mask, geometry } = masksTask;
  const holdout: Holdout = { ids, read: async () => mask };
  const publicIds = { ids, geometry: [geometry, geometry] };
  const codes = (zip: Uint8Array) => codesOf(manifest, holdout, publicIds, zip);
  for (const [name, [archive, expected]] of Object.entries(badArchives)) {
    test(name, async () => expect(await codes(archive)).toEqual([...expected]));
  }

  describe("with an image", () => {
    for (const [name, [content, code]] of Object.entries(badImages)) {
      test(`${name}: ${code}`, async () => {
        const bytes = await content;
        const file = bytes[0] === 0x1f ? "a.nii.gz" : "a.nii";
        const [first, ...more] = await codes(writeZip({ [file]: bytes, "b.nii": mask }));
        expect(first?.split(" ").slice(0, 2)).toEqual([code, file]);
        expect(more).toEqual([]);
      });
    }
  });
});
