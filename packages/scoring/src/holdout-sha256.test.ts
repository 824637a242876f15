import { expect, test } from "bun:test";
import { createHash } from "node:crypto";

import { type HoldoutFile, holdoutSha256 } from "./holdout-sha256.ts";
import { text } from "./testing/manifest.ts";

const files: readonly HoldoutFile[] = [
  { name: "masks/b.nii.gz", content: text("one") },
  { name: "holdout.csv", content: text("id,label\na,0\n") },
  { name: "masks/B é.nii.gz", content: text("two") },
  { name: "masks/a.nii.gz", content: text("") },
];

test("the hash is what find, sort and sha256sum of GNU coreutils 9.1 make of the folder, whatever the order", async () => {
  const found = "7fa91407e6e4a86f800c3a4ad3afe1cf8048b01558c5acd2f925ffbc92e9a7a8";
  expect(await holdoutSha256(files)).toBe(found);
  expect(await holdoutSha256([...files].reverse())).toBe(found);
});

test("names sort by their UTF-8 bytes, not by JavaScript's half characters", async () => {
  const [wide, narrow] = ["\u{1f600}", "\uff5e"];
  expect(wide < narrow).toBe(true);
  const line = (name: string) => `${createHash("sha256").update("x").digest("hex")}  ${name}\n`;
  const listing = createHash("sha256")
    .update(line(narrow) + line(wide))
    .digest("hex");
  const content = text("x");
  expect(await holdoutSha256([wide, narrow].map((name) => ({ name, content })))).toBe(listing);
});

test("any change of a byte, a name or the number of files gives another hash", async () => {
  const hashes = await Promise.all(
    [
      files,
      files.slice(1),
      files.map((file) => ({ ...file, name: file.name.replace("csv", "tsv") })),
      files.map((file) => ({ ...file, content: text("one") })),
    ].map(holdoutSha256),
  );
  expect(new Set(hashes).size).toBe(4);
});

test("no file at all, a name twice and names that leave the folder are refused", async () => {
  const content = text("x");
  const named = (...names: string[]) => names.map((name) => ({ name, content }));
  for (const wrong of [
    [],
    named("a", "a"),
    named("../a"),
    named("/a"),
    named("a\nb"),
    named("a\\b"),
    named(""),
  ]) {
    expect(await holdoutSha256(wrong).catch((error: unknown) => error)).toMatchObject({
      code: "holdout_invalid",
    });
  }
});

test("without node:crypto, as in a page, the hash is the same", async () => {
  const { process } = globalThis;
  const here = await holdoutSha256(files);
  try {
    Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
    expect(await holdoutSha256(files)).toBe(here);
  } finally {
    Object.defineProperty(globalThis, "process", { value: process, configurable: true, writable: true });
  }
});
