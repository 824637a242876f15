import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { readDataset } from "./dataset-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "medforge-dataset-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const DESCRIPTION = {
  slug: "knees",
  title: "Knees",
  description: "X-rays of *knees*.",
  licence: "CC BY 4.0",
  source: "https://example.org/knees",
  exposure: "both",
};

let made = 0;
function folderWith(files: Readonly<Record<string, string>>, description: unknown = DESCRIPTION): string {
  const folder = join(scratch, String(made++));
  const all = Object.entries(files).map(([path, text]) => [`files/${path}`, text] as const);
  for (const [path, text] of [...all, ["dataset.json", JSON.stringify(description)] as const]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const placesOf = async (folder: string) => {
  const read = await readDataset(folder);
  return read.ok ? [] : read.faults.map(({ entry, path }) => `${entry}:${path}`).sort();
};

test("a dataset's tree hash is what find, sort and sha256sum make of its files", async () => {
  // The files and the hash are those of the scoring package's test, made with GNU coreutils 9.1.
  const folder = folderWith({
    "masks/b.nii.gz": "one",
    "holdout.csv": "id,label\na,0\n",
    "masks/B é.nii.gz": "two",
    "masks/a.nii.gz": "",
  });
  const read = await readDataset(folder);
  expect(read).toMatchObject({
    ok: true,
    value: {
      description: DESCRIPTION,
      bytes: 19,
      treeSha256: "7fa91407e6e4a86f800c3a4ad3afe1cf8048b01558c5acd2f925ffbc92e9a7a8",
    },
  });
  expect(read.ok && read.value.files).toEqual(
    (["holdout.csv", "masks/B é.nii.gz", "masks/a.nii.gz", "masks/b.nii.gz"] as const).map((path, at) => {
      const text = ["id,label\na,0\n", "two", "", "one"][at] ?? "";
      return { path, bytes: text.length, sha256: createHash("sha256").update(text).digest("hex") };
    }),
  );
});

test("every fault is told at once, with its file and its key", async () => {
  const wrong = {
    ...DESCRIPTION,
    slug: "Knees!",
    licence: "",
    source: "x".repeat(501),
    exposure: "all",
    more: 1,
  };
  const folder = folderWith({ "a.csv": "", "with\\backslash": "", "blank ": "" }, wrong);
  symlinkSync("/etc/passwd", join(folder, "files/link"));
  mkdirSync(join(folder, "files/deep"));
  symlinkSync("../..", join(folder, "files/deep/up"));
  expect(Bun.spawnSync(["mkfifo", join(folder, "files/pipe")]).exitCode).toBe(0);
  expect(await placesOf(folder)).toEqual([
    "dataset.json:exposure",
    "dataset.json:licence",
    "dataset.json:more",
    "dataset.json:slug",
    "dataset.json:source",
    "files/blank :",
    "files/deep/up:",
    "files/link:",
    "files/pipe:",
    "files/with\\backslash:",
  ]);
});

test("a description or a folder of files that is missing, empty, a link or no JSON is named", async () => {
  const bare = join(scratch, "bare");
  mkdirSync(bare);
  expect(await placesOf(bare)).toEqual(["dataset.json:", "files:"]);
  mkdirSync(join(bare, "files/empty"), { recursive: true });
  writeFileSync(join(bare, "dataset.json"), "{");
  expect(await placesOf(bare)).toEqual(["dataset.json:", "files:"]);

  const real = folderWith({ "a.csv": "1" });
  const linked = join(scratch, "linked");
  mkdirSync(linked);
  symlinkSync(join(real, "files"), join(linked, "files"));
  symlinkSync(join(real, "dataset.json"), join(linked, "dataset.json"));
  expect(await placesOf(linked)).toEqual(["dataset.json:", "files:"]);
  expect(await placesOf(real)).toEqual([]);
});
