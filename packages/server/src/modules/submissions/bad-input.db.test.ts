import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { TestCompetition } from "@medforge/db/testing-competitions";
import { writeZip } from "@medforge/scoring";
import {
  badArchives,
  badImages,
  badNumbers,
  badRuns,
  badTables,
  masksTask,
  runsTask,
  tableTask,
} from "@medforge/scoring/testing/bad-input";

import {
  filesKept,
  formOf,
  openChallenge,
  post,
  submissionsPath,
  type UploadHouse,
  uploadHouse,
} from "./testing.ts";

/** Issue 4, "What bad input gets": each of them sent over a real connection, and what it is told. */

interface Told {
  readonly code: string;
  readonly entry?: string;
  readonly row?: number;
  readonly column?: string;
}

describe.if(databaseNamed)("a file over HTTP", () => {
  let house: UploadHouse;
  let port: number;
  let cookie: string;
  let tables: TestCompetition;
  let labels: TestCompetition;
  let runs: TestCompetition;
  let masks: TestCompetition;
  beforeAll(async () => {
    house = await uploadHouse();
    port = house.app.listen({ hostname: "127.0.0.1", port: 0 }).server?.port ?? 0;
    const ids = (task: { readonly ids: readonly string[] }) => `id\n${task.ids.join("\n")}\n`;
    tables = await openChallenge(house, {
      manifest: tableTask.manifest,
      files: { "ids.csv": ids(tableTask) },
      holdout: tableTask.holdout,
    });
    labels = await openChallenge(house, {
      manifest: { task: "classification", target_columns: ["p"], expected_rows: 3 },
      files: { "ids.csv": ids(tableTask) },
      holdout: tableTask.holdout,
    });
    const { width, height } = runsTask.size;
    runs = await openChallenge(house, {
      manifest: { ...runsTask.manifest, classes: undefined },
      files: { "ids.csv": `id,width,height\na,${width},${height}\n` },
      holdout: runsTask.holdout,
    });
    const geometry = Object.fromEntries(masksTask.ids.map((id) => [id, masksTask.geometry]));
    masks = await openChallenge(house, {
      manifest: { ...masksTask.manifest, classes: undefined, target_columns: undefined },
      files: { "ids.csv": ids(masksTask), "geometry.json": JSON.stringify(geometry) },
    });
  });
  beforeEach(async () => {
    // So that nobody's hour of uploads is over.
    cookie = (await house.signup()).cookie;
  });
  afterAll(async () => {
    await house.app.stop(true);
    await house.close();
  });

  /** The faults that are told of a file, `code entry row column` each; none where it is queued. */
  async function told(
    { slug }: TestCompetition,
    file: string | Uint8Array,
    name: string,
  ): Promise<{ faults: string[]; total: number }> {
    const kept = filesKept(house).length;
    const { status, body } = await post(house, cookie, submissionsPath(slug), formOf(file, name), port);
    if (status === 201) {
      const { id } = (body.data as { submission: { id: string } }).submission;
      await house.request("POST", `${submissionsPath(slug)}/${id}/withdraw`, { cookie });
      return { faults: [], total: 0 };
    }
    expect({ status, code: body.code }).toEqual({ status: 422, code: "submission_invalid" });
    expect(filesKept(house).length).toBe(kept);
    const errors = body.errors as readonly Told[];
    const faults = errors.map(({ code, entry, row, column }) =>
      [code, entry, row, column].filter((part) => part !== undefined).join(" "),
    );
    return { faults, total: Number(body.errors_total ?? errors.length) };
  }

  for (const [name, [file, expected]] of Object.entries(badTables)) {
    test(`table ${name}`, async () => {
      expect((await told(tables, file, "p.csv")).faults).toEqual([...expected]);
    });
  }

  test("with a number that is none, is out of range, or is missing", async () => {
    for (const [number, code] of Object.entries(badNumbers)) {
      const { faults } = await told(tables, `id,p\na,0\nb,${number}\nc,0.5\n`, "p.csv");
      expect([number, faults.map((fault) => fault.split(" ").slice(0, 2).join(" "))]).toEqual([
        number,
        [`${code} 3`],
      ]);
    }
  });

  test("with 01 for the label 1", async () => {
    expect((await told(labels, "id,p\na,01\nb,1\nc,1\n", "p.csv")).faults).toEqual(["value_not_number 2 p"]);
  });

  test("with more faults than anyone reads names the first hundred, and how many there are", async () => {
    const { faults, total } = await told(tables, `id,p\n${"z,x\n".repeat(100_000)}`, "p.csv");
    expect(faults.length).toBe(100);
    expect(total).toBe(200_003);
  });

  test("with a run-length mask that cannot be", async () => {
    for (const [name, [rle, code]] of Object.entries(badRuns)) {
      const { faults } = await told(runs, `id,rle\na,${rle}\n`, "runs.csv");
      expect([name, faults]).toEqual([name, [`${code} 2 rle`]]);
    }
  });

  for (const [name, [archive, expected]] of Object.entries(badArchives)) {
    test(`archive ${name}`, async () => {
      expect((await told(masks, archive, "masks.zip")).faults).toEqual([...expected]);
    });
  }

  for (const [name, [content, code]] of Object.entries(badImages)) {
    test(`image ${name}`, async () => {
      const bytes = await content;
      const file = bytes[0] === 0x1f ? "a.nii.gz" : "a.nii";
      const { faults } = await told(masks, writeZip({ [file]: bytes, "b.nii": masksTask.mask }), "masks.zip");
      expect(faults).toEqual([`${code} ${file}`]);
    });
  }
});
