import { afterAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { MedforgeError } from "@medforge/core/errors";
import { writeZip } from "@medforge/scoring";

import { checkBundle } from "./check.ts";
import { faultText } from "./faults.ts";
import {
  bundlePlace,
  dataset,
  everyKind,
  type Files,
  LABELS,
  labels,
  manifest,
  nothing,
} from "./testing-bundle.ts";

const place = bundlePlace();
afterAll(() => place.close());
const { folders } = place.deps.config;

async function faultsOf(bundle: string): Promise<string[]> {
  try {
    await checkBundle(place.deps, bundle);
    return [];
  } catch (error) {
    if (error instanceof MedforgeError && error.code === "invalid_request")
      return error.fields.map(faultText);
    throw error;
  }
}
const faulty = (...layers: readonly Files[]) => faultsOf(place.bundle(...layers));
const masks = everyKind.masks ?? {};
const boxes = everyKind.boxes ?? {};
const rules = (own: Readonly<Record<string, unknown>>): Files => ({
  "competition.json": manifest({ ...LABELS, ...own }),
});

describe("a dry run", () => {
  /** Worked by hand but for log loss, whose probabilities of exactly 0 are moved by the metric's own epsilon. */
  const scores: Readonly<Record<string, readonly [perfect: number, sample: number]>> = {
    labels: [1, 0.25],
    "one probability per class": [0, (Math.log(2) + 3 * Math.log(4)) / 4 - Math.log(2) / 2 + Math.log(2) / 2],
    numbers: [0, (21.5 + 13) / 2],
    survival: [1, 0.5],
    boxes: [1, 0],
    runs: [1, (1 / 4 + 1) / 2],
    masks: [1, (2 / 4 + 1) / 2],
  };

  for (const [kind, files] of Object.entries(everyKind)) {
    test(`shows the board that a bundle of ${kind} would make, from a folder and from a zip`, async () => {
      const checked = await checkBundle(place.deps, place.bundle(files));
      const [perfect = Number.NaN, sample = Number.NaN] = scores[kind] ?? [];
      expect(checked.board.map(({ rank, entry }) => [rank, entry])).toEqual([
        [1, "perfect"],
        [2, "sample_submission"],
      ]);
      expect(checked.board[0]?.score).toBeCloseTo(perfect, 12);
      expect(checked.board[1]?.score).toBeCloseTo(sample, 12);
      expect(checked.cases).toBe(new Set(String(files["public/ids.csv"]).trim().split("\n")).size - 1);
      expect(checked.notices).toEqual([]);
      expect(await checkBundle(place.deps, place.zip(files))).toEqual(checked);
      const wrapped = Object.entries(files).map(([path, content]) => [`wrapped/${path}`, content] as const);
      expect(await checkBundle(place.deps, place.zip(Object.fromEntries(wrapped)))).toEqual(checked);
    });
  }

  test("leaves nothing behind, whether there were faults or not", async () => {
    await checkBundle(place.deps, place.zip(labels, dataset, rules({ dataset_slug: "tiny-data" })));
    await faulty(labels, { "holdout/holdout.csv": "nonsense" });
    expect(readdirSync(join(folders.holdouts, ".work"))).toEqual([]);
    for (const folder of [folders.datasets, folders.evaluation, folders.submissions])
      expect(readdirSync(folder)).toEqual([]);
  });

  test("says what is not used, and what is made in place of what is not there", async () => {
    const files = { ...labels, "public/ids.csv": null, "READ.ME": "", "metrics.py": "" };
    const checked = await checkBundle(place.deps, place.bundle(files));
    expect(checked.notices).toEqual([
      "Not part of the bundle, and not used: READ.ME, metrics.py.",
      "public/ids.csv is made from the sample submission, which must name every id.",
    ]);
    const images = { ...masks, "public/ids.csv": null, "public/geometry.json": null };
    expect((await checkBundle(place.deps, place.bundle(images))).notices).toHaveLength(2);
  });
});

describe("the manifest of a bundle", () => {
  test("has all of its faults told at once, each with its path, together with those of the other files", async () => {
    expect(
      await faulty(masks, dataset, {
        "competition.json": manifest({
          slug: "Tiny!",
          task: "segmentation-nifti",
          expected_rows: 0,
          metrics: [
            { name: "dice", primary: true, direction: "higher-is-better" },
            { name: "dise", parameters: {} },
          ],
          colour: "red",
        }),
        "dataset/dataset.json": JSON.stringify({ slug: "tiny-data", exposure: "everybody" }),
        "sample_submission.zip": null,
      }),
    ).toEqual([
      "competition.json: slug: Lower-case letters, digits and single hyphens.",
      expect.stringMatching(/^competition\.json: metrics\[1\]\.name: One of dice, /),
      "competition.json: expected_rows: A whole number from 1 to 100000000.",
      "competition.json: colour: The manifest has a key that is not known.",
      "sample_submission.csv or .zip: is missing: newcomers start from it",
      expect.stringMatching(/^dataset\/dataset\.json: description: /),
      expect.stringMatching(/^dataset\/dataset\.json: exposure: .*must be "both"/),
      expect.stringMatching(/^dataset\/dataset\.json: licence: /),
      expect.stringMatching(/^dataset\/dataset\.json: source: /),
      expect.stringMatching(/^dataset\/dataset\.json: title: /),
    ]);
  });

  test("is needed, and must be JSON in a plain file of reasonable length", async () => {
    expect(await faulty(labels, { "competition.json": null })).toEqual(["competition.json: is missing"]);
    expect(await faulty(labels, { "competition.json": "{" })).toEqual([
      "competition.json: The manifest is not a JSON object.",
    ]);
    expect(await faulty(labels, { "competition.json": " ".repeat(2 ** 20 + 1) })).toEqual([
      "competition.json: is longer than 1 MiB",
    ]);
    expect(await faulty(labels, { "competition.json": null, "competition.json/x": "" })).toEqual([
      "competition.json: is not a plain file that can be read",
    ]);
  });

  const older = {
    evaluation_split_version: "2019-b",
    scoring_mode: "single_realtime_hidden",
    leaderboard_rule: "best_per_user",
    evaluation_policy: "canonical_test_first",
    id_column: "id",
    target_columns: ["label"],
    expected_row_count: 4,
  };

  test("takes the seven keys of an older form beside it, and tells where the two cannot both be true", async () => {
    const own = rules({ expected_rows: 3, evaluation_split_version: "v9" });
    const checked = await checkBundle(
      place.deps,
      place.bundle(labels, own, { "manifest.json": JSON.stringify(older) }),
    );
    expect(checked.manifest).toMatchObject({ expectedRows: 4, evaluationSplitVersion: "2019-b" });
    const otherwise = { ...older, id_column: "PassengerId", scoring_mode: "batch" };
    expect(await faulty(labels, { "manifest.json": JSON.stringify(otherwise) })).toEqual([
      expect.stringMatching(/^manifest\.json: scoring_mode: /),
      expect.stringMatching(/^manifest\.json: id_column: /),
    ]);
    expect(await faulty(labels, { "manifest.json": JSON.stringify({ ...older, slug: "tiny" }) })).toEqual([
      "manifest.json: slug: The manifest has a key that is not known.",
    ]);
  });

  test("is not the older form alone, and whoever has only that is told what to do", async () => {
    expect(await faulty(labels, { "competition.json": JSON.stringify(older) })).toEqual([
      "competition.json: This is the older form of seven keys. Call it manifest.json, and say everything else in a competition.json beside it.",
    ]);
  });

  test("pins a holdout, and is told when it is another one", async () => {
    const { holdoutSha256 } = await checkBundle(place.deps, place.bundle(labels));
    expect(await faulty(labels, rules({ holdout_sha256: holdoutSha256 }))).toEqual([]);
    const [fault = "", ...more] = await faulty(labels, rules({ holdout_sha256: "0".repeat(64) }));
    expect(fault).toStartWith("competition.json: holdout_sha256: pins another holdout than this one.");
    expect(fault).not.toContain(holdoutSha256);
    expect(more).toEqual([]);
  });
});

describe("the holdout of a bundle", () => {
  test("must be there, in the form of its task", async () => {
    expect(await faulty(labels, { "holdout/holdout.csv": null })).toEqual([
      "holdout: is missing, or not a folder",
    ]);
    expect(await faulty(labels, { "holdout/holdout.csv": null, "holdout/labels.csv": "x" })).toEqual([
      "holdout/holdout.csv: is missing",
    ]);
    const tables = { "holdout/a.nii.gz": null, "holdout/b.nii.gz": null, "holdout/holdout.csv": "x" };
    expect(await faulty(masks, tables)).toEqual(["holdout: has no masks: `<id>.nii.gz`, one for each case"]);
    expect(await faulty(masks, { "holdout/a.nii": nothing })).toEqual([
      "holdout: has a case twice, as .nii and as .nii.gz",
    ]);
  });

  test("must fit the manifest, and its faults name places and never values", async () => {
    const wrong = async (table: string, own: Readonly<Record<string, unknown>> = {}) => {
      const faults = await faulty(labels, rules(own), { "holdout/holdout.csv": table });
      expect(faults.join("\n")).not.toContain("77123");
      return faults;
    };
    expect(await wrong("id,label\na,1\nb,0\nc,1\nd,77123\n")).toEqual([
      expect.stringMatching(/^holdout, row 5, column "label": /),
    ]);
    expect(await wrong("id,label\na,1\nb,0\nc,1\nd,1\n", { expected_rows: 5 })).toEqual([
      "holdout: Its number of rows is not the one that the manifest expects.",
    ]);
    expect(await wrong("id,label,secret\na,1,77123\nb,0,1\nc,1,1\nd,1,1\n")).toEqual([
      expect.stringMatching(/^holdout, row 1, column "secret": /),
    ]);
    expect(await wrong("id,label\nb,1\na,0\nc,1\nd,1\nsecret77123,1\n", { expected_rows: 5 })).toEqual([
      "holdout: Some of its ids are not among the public ids: nobody could submit them.",
    ]);
    expect(await wrong("id,label\nb,1\na,0\nc,1\n", { expected_rows: 3 })).toEqual([
      "holdout: The id d does not occur. It is public.",
    ]);
  });

  test("has images where the public geometry says, which are masks", async () => {
    expect(await faulty(masks, { "holdout/a.nii.gz": "77123" })).toEqual([
      expect.stringMatching(/^holdout\/a\.nii\.gz: /),
    ]);
    const shifted = String(masks["public/geometry.json"]).replaceAll("[2,2,2]", "[2,2,3]");
    expect(await faulty(masks, { "public/geometry.json": shifted })).toEqual([
      "sample_submission.zip/a.nii.gz: Two images differ in shape.",
      "sample_submission.zip/b.nii.gz: Two images differ in shape.",
      "holdout/a.nii.gz: Two images differ in shape.",
      "holdout/b.nii.gz: Two images differ in shape.",
    ]);
  });

  test("is where a perfect submission comes from, which must be allowed and be the best", async () => {
    const many = "id,x,y,width,height\na,1,1,2,2\na,5,5,2,2\na,9,9,2,2\na,20,20,2,2\nb,,,,\n";
    const narrow = String(boxes["competition.json"]).replace(
      '"expected_rows": 3',
      '"expected_rows": 5, "limits": { "cases_max": 2 }',
    );
    expect(await faulty(boxes, { "competition.json": narrow, "holdout/holdout.csv": many })).toEqual([
      "competition.json: limits: are too narrow for a submission that gives every answer right",
    ]);
    const backwards = manifest({
      ...LABELS,
      metrics: [{ name: "accuracy", primary: true, direction: "lower-is-better" }],
    });
    expect(await faulty(labels, { "competition.json": backwards })).toEqual([
      expect.stringMatching(/^competition\.json: metrics/),
    ]);
  });

  test("is not imported from where people look, nor under their eyes by name, content or link", async () => {
    const inside = place.bundle(labels);
    mkdirSync(join(folders.datasets, "some"), { recursive: true });
    renameSync(inside, join(folders.datasets, "some/bundle"));
    expect(await faultsOf(join(folders.datasets, "some/bundle"))).toEqual([
      "holdout: lies in a folder that people can look into: move the bundle away from there",
    ]);
    const table = String(labels["holdout/holdout.csv"]);
    const named = rules({ dataset_slug: "tiny-data" });
    expect(
      await faulty(labels, dataset, named, {
        "public/holdout/x.csv": "a",
        "public/Holdout.csv": "b",
        "public/copy-of.csv": table,
        "dataset/files/deep/answers.txt": table,
        "public/holdouts-explained.md": "not one itself",
      }),
    ).toEqual([
      "public/Holdout.csv: is called like a holdout, and everybody may read it",
      "public/copy-of.csv: has the very bytes of a file of the holdout, and everybody may read it",
      "public/holdout/x.csv: is called like a holdout, and everybody may read it",
      "dataset/files/deep/answers.txt: has the very bytes of a file of the holdout, and everybody may read it",
    ]);
    const linked = place.bundle(labels);
    symlinkSync(join(linked, "holdout"), join(linked, "public/answers"));
    symlinkSync("/etc/hostname", join(linked, "holdout/more.csv"));
    expect(await faultsOf(linked)).toEqual([
      "holdout/more.csv: is a symbolic link; copy what it points to",
      "public/answers: is a symbolic link; copy what it points to",
    ]);
  });

  test("may have a mask of nothing that training data has too: it tells nobody anything", async () => {
    const named = {
      "competition.json": String(masks["competition.json"]).replace(
        '"dataset_slug": null',
        '"dataset_slug": "tiny-data"',
      ),
    };
    expect(await faulty(masks, dataset, named, { "dataset/files/x.nii.gz": nothing })).toEqual([]);
    const leaked = { "dataset/files/x.nii.gz": masks["holdout/a.nii.gz"] ?? "" };
    expect(await faulty(masks, dataset, named, leaked)).toHaveLength(1);
  });
});

describe("the sample submission of a bundle", () => {
  test("must be there once, in the form of its task, and valid", async () => {
    expect(await faulty(labels, { "sample_submission.zip": "x" })).toEqual([
      "sample_submission.csv: is there twice, also as sample_submission.zip",
    ]);
    expect(await faulty(masks, { "sample_submission.zip": null, "sample_submission.csv": "x" })).toEqual([
      "sample_submission.csv: must be sample_submission.zip for the task segmentation-nifti",
    ]);
    expect(await faulty(labels, { "sample_submission.csv": "id,label\na,0\nb,2\nc,0\n" })).toEqual([
      expect.stringMatching(/^sample_submission\.csv, row 3, column "label": /),
      'sample_submission.csv, column "id": The id d does not occur.',
    ]);
    expect(await faulty(masks, { "sample_submission.zip": writeZip({ "a.nii.gz": nothing }) })).toEqual([
      "sample_submission.zip: The file b.nii.gz is missing.",
    ]);
    expect(await faulty(labels, { "public/sample_submission.csv": "id,label\n" })).toEqual([
      "public/sample_submission.csv: is another sample submission than the one beside competition.json",
    ]);
  });

  test("must not give the answers away, unless everybody knows them anyway", async () => {
    const answers = { "sample_submission.csv": "label,id\n1,a\n0,b\n1,c\n1,d\n" };
    expect(await faulty(labels, answers)).toEqual([
      "sample_submission.csv: scores as well as the holdout itself by accuracy, and everybody may read it",
    ]);
    expect(await faulty(labels, answers, rules({ labels_publicly_known: true }))).toEqual([]);
  });
});

describe("the public part of a bundle", () => {
  test("is read before anything is measured", async () => {
    expect(await faulty(labels, { "public/ids.csv": "id,label\na,\nb,\nc,\nd,\n" })).toEqual([
      expect.stringMatching(/^public\/ids\.csv, row 1, column "label": /),
    ]);
    expect(await faulty(labels, { "public/ids.csv": "id\na\nb\nb\nd\n" })).not.toEqual([]);
    expect(await faulty(everyKind.runs ?? {}, { "public/ids.csv": null })).toEqual([
      "public/ids.csv: is missing: it also has the width and the height of each image",
    ]);
    expect(await faulty(masks, { "public/geometry.json": '{"a": {"shape": [2, 2.5]}}' })).toEqual([
      expect.stringMatching(/^public\/geometry\.json: a\.affine: /),
      expect.stringMatching(/^public\/geometry\.json: a\.shape\.1: /),
      expect.stringMatching(/^public\/geometry\.json: a\.spacing: /),
    ]);
    const file = { "public/ids.csv": null, public: "a file" };
    expect(await faulty(labels, file)).toEqual(["public: is missing, or not a folder"]);
    expect(await faulty(masks, { "public/geometry.json": "{" })).toEqual([
      "public/geometry.json: is not JSON",
    ]);
  });

  test("has a dataset that the competition names and that its members can see", async () => {
    expect(await faulty(labels, dataset)).toEqual([
      "dataset/dataset.json: slug: is not the dataset_slug of competition.json, which is none",
    ]);
    const internal = {
      "dataset/dataset.json": String(dataset["dataset/dataset.json"]).replace("both", "internal"),
    };
    expect(await faulty(labels, dataset, internal, rules({ dataset_slug: "tiny-data" }))).toEqual([
      "dataset/dataset.json: exposure: keeps it from whoever takes part: the competition is external",
    ]);
  });
});

describe("what is no bundle", () => {
  test("is told so", async () => {
    await expect(checkBundle(place.deps, join(place.root, "nowhere"))).rejects.toThrow(
      "is neither a folder nor a zip that can be read",
    );
    const text = join(place.root, "text.zip");
    writeFileSync(text, "not a zip");
    expect(await faultsOf(text)).toEqual([expect.stringMatching(/zip archive is cut off/)]);
    expect(await faulty({})).toEqual([
      "competition.json: is missing",
      "holdout: is missing, or not a folder",
      "sample_submission.csv or .zip: is missing: newcomers start from it",
    ]);
  });

  test("or is a zip that reaches out of its folder, has links, or is cut off, is refused as a whole", async () => {
    const escaping = place.zip(labels, { "../../escaped.txt": "x", "/etc/absolute": "y" });
    expect((await faultsOf(escaping)).every((fault) => fault.includes("could leave its folder"))).toBe(true);
    expect(existsSync(join(place.root, "escaped.txt"))).toBe(false);
    const whole = readFileSync(place.zip(labels));
    const cut = join(place.root, "cut.zip");
    writeFileSync(cut, whole.subarray(0, whole.length * 0.6));
    expect(await faultsOf(cut)).not.toEqual([]);
    expect(await faultsOf(place.zip(labels, { public: "a file and a folder" }))).toEqual([
      "The zip has a file and a folder of one name.",
    ]);
    expect(await faultsOf(place.zip(labels, { [`public/${"x".repeat(300)}`]: "" }))).toEqual([
      "The zip has a name that is longer than a file's may be.",
    ]);
  });
});
