import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildKernels } from "../build-kernels.ts";
import { run } from "./cli/run.ts";
import { gzip } from "./images/gzip.ts";
import { writeNifti } from "./images/write-nifti.ts";

await buildKernels();

let folder = "";
const at = (...parts: string[]) => join(folder, ...parts);

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interactive: false,
    now: () => 0,
  });
  return { code, out, err };
}

const mask = (from: number, to: number, spacing = 1) => {
  const voxels = new Uint8Array(64);
  voxels.fill(1, from, to);
  return gzip(writeNifti({ voxels, shape: [4, 4, 4], spacing: [1, 1, spacing] }));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "medforge-score-"));
  for (const name of ["refs", "preds", "public", "bundle/holdout"])
    await mkdir(at(name), { recursive: true });
  await writeFile(at("refs", "a.nii.gz"), await mask(0, 8));
  await writeFile(at("preds", "a.nii.gz"), await mask(0, 8));
  const manifest = JSON.stringify({
    slug: "t",
    title: "T",
    description: "D",
    exposure: "external",
    dataset_slug: null,
    task: "tabular",
    classes: 2,
    id_column: "id",
    target_columns: ["y"],
    metrics: [{ name: "accuracy", primary: true, direction: "higher-is-better" }],
    evaluation_split_version: "v1",
    expected_rows: 2,
    submissions_per_day_max: 1,
  });
  await writeFile(at("public", "competition.json"), manifest);
  await writeFile(at("public", "ids.csv"), "id\na\nb\n");
  await writeFile(at("bundle", "competition.json"), manifest);
  await writeFile(at("bundle", "holdout", "holdout.csv"), "id,y\na,0\nb,1\n");
  await writeFile(at("good.csv"), "id,y\na,0\nb,0\n");
  await writeFile(at("bad.csv"), "id,y\na,0\nc,7\n");
});

afterAll(() => rm(folder, { recursive: true }));

describe("medforge-score", () => {
  test("check says fine or every fault, and exits accordingly", async () => {
    expect(await command("check", at("public"), at("good.csv"))).toMatchObject({
      code: 0,
      out: "fine: 2 rows\n",
    });
    const bad = await command("check", at("public"), at("bad.csv"));
    expect(bad.code).toBe(1);
    expect(bad.out.split("\n").map((line) => line.split(":")[0])).toEqual([
      "fault id_unknown",
      "fault value_out_of_range",
      "fault id_missing",
      "",
    ]);
    const json = JSON.parse((await command("check", at("public"), at("bad.csv"), "--json")).out);
    expect(json).toMatchObject({ ok: false, faultsTotal: 3 });
  });

  test("score prints the numbers, with --cases one line per case", async () => {
    const scored = await command("score", at("bundle"), at("good.csv"), "--cases");
    expect(scored.code).toBe(0);
    expect(scored.out).toMatch(/accuracy \(primary\) +0\.5 +1 +higher-is-better +accuracy-v1/);
    expect(scored.out).toMatch(/^b +0$/m);
    expect((await command("score", at("bundle"), at("bad.csv"))).code).toBe(1);
  });

  test("score refuses a holdout other than the one whose SHA-256 the manifest pins, and says what it found", async () => {
    const manifest = JSON.parse(await readFile(at("bundle", "competition.json"), "utf8"));
    const pin = (hash: string) =>
      writeFile(at("pinned", "competition.json"), JSON.stringify({ ...manifest, holdout_sha256: hash }));
    await mkdir(at("pinned", "holdout"), { recursive: true });
    await writeFile(at("pinned", "holdout", "holdout.csv"), "id,y\na,0\nb,1\n");
    await pin("0".repeat(64));
    const refused = await command("score", at("pinned"), at("good.csv"));
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toStartWith("fault holdout_changed: ");
    await pin(/is ([0-9a-f]{64}),/.exec(refused.err)?.[1] ?? "");
    expect(await command("score", at("pinned"), at("good.csv"))).toMatchObject({ code: 0 });
    await writeFile(at("pinned", "holdout", "more.txt"), "");
    expect((await command("score", at("pinned"), at("good.csv"))).err).toStartWith("fault holdout_changed: ");
    await rm(at("pinned", "holdout", "more.txt"));
    await symlink(at("good.csv"), at("pinned", "holdout", "link"));
    expect(await command("score", at("pinned"), at("good.csv"))).toMatchObject({ code: 2 });
  });

  test("compare gives a table or JSON, and refuses images that do not match", async () => {
    const same = await command(
      "compare",
      at("refs", "a.nii.gz"),
      at("preds", "a.nii.gz"),
      "--tolerance",
      "1,2",
    );
    expect(same).toMatchObject({ code: 0 });
    expect(same.out).toMatch(/^label +dice +iou +hd95_mm +assd_mm +nsd_1mm +nsd_2mm/);
    expect(same.out).toMatch(/^1 +1 +1 +0 +0 +1 +1 +8 +8$/m);
    const json = JSON.parse(
      (await command("compare", at("refs", "a.nii.gz"), at("preds", "a.nii.gz"), "--json")).out,
    );
    expect(json.labels[0].overlap.dice).toBe(1);
    await writeFile(at("other.nii.gz"), await mask(0, 8, 2));
    const other = await command("compare", at("refs", "a.nii.gz"), at("other.nii.gz"));
    expect(other.code).toBe(1);
    expect(other.err).toContain("spacing_mismatch");
    expect(other.err).toContain("other.nii.gz");
  });

  test("folder writes one row per case and label, and tells what could not be compared", async () => {
    const all = await command("folder", at("refs"), at("preds"), "--out", at("table.csv"));
    expect(all.code).toBe(0);
    expect(await readFile(at("table.csv"), "utf8")).toBe(
      "case,label,dice,iou,hd95_mm,assd_mm,nsd_1mm,volume_reference_mm3,volume_prediction_mm3\na,1,1,1,0,0,1,8,8\n",
    );
    await writeFile(at("refs", "b.nii.gz"), await mask(0, 4));
    await writeFile(at("preds", "b.nii.gz"), new Uint8Array(10));
    await writeFile(at("refs", "c.nii.gz"), await mask(0, 4));
    const some = await command("folder", at("refs"), at("preds"), "--json", "--workers", "2");
    expect(some.code).toBe(1);
    expect(JSON.parse(some.out)).toMatchObject([{ case: "a", dice: 1 }]);
    expect(some.err).toContain("image_truncated");
    expect(some.err).toContain("id_missing: c: There is no prediction.");
  });

  test("folder gives the same bytes with one worker and with four", async () => {
    await mkdir(at("many"));
    for (let one = 0; one < 8; one++)
      await writeFile(at("many", `m${one}.nii.gz`), await mask(one, 20 + one));
    // Over a mebibyte, so that its buffers are given back early.
    const voxels = new Uint8Array(128 * 128 * 70).fill(1, 500_000, 600_000);
    const large = writeNifti({ voxels, shape: [128, 128, 70], spacing: [1, 1, 1] });
    await writeFile(at("many", "large.nii"), large);
    const [alone, four] = [
      await command("folder", at("many"), at("many"), "--workers", "1"),
      await command("folder", at("many"), at("many"), "--workers", "4"),
    ];
    expect(alone.code).toBe(0);
    expect(alone.out.split("\n").length).toBe(11);
    expect(four).toEqual(alone);
  });

  test("metrics lists every one with its definition", async () => {
    const listed = await command("metrics");
    expect(listed.out).toContain("dice (dice-v1, higher-is-better, unit 1)");
    expect(JSON.parse((await command("metrics", "--json")).out).metrics.survival[0].name).toBe("c-index");
  });

  test("wrong use exits with 2 and shows how it is meant", async () => {
    for (const args of [
      [],
      ["nothing"],
      ["compare", "one"],
      ["compare", "a", "b"],
      ["compare", "a", "b", "--loud"],
    ]) {
      const wrong = await command(...args);
      expect(wrong.code).toBe(2);
      expect(wrong.err).toContain("usage: medforge-score");
    }
    const list = await command(
      "compare",
      at("refs", "a.nii.gz"),
      at("preds", "a.nii.gz"),
      "--tolerance",
      "x",
    );
    expect(list).toMatchObject({ code: 2 });
    expect((await command("check", at("refs"), at("good.csv"))).code).toBe(2);
  });
});
