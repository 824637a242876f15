import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "@medforge/runtime/deadline";

import { bringIn } from "./bring-in.ts";
import { filesFrom, readTree } from "./tree.ts";

const deps = {
  clock: systemClock,
  randomBytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};
let root: string;
let source: string;
let target: string;
beforeEach(() => {
  const place = mkdtempSync(join(tmpdir(), "mf-bring-in-"));
  [root, source] = [join(place, "root"), join(place, "source")];
  target = join(root, "slug", "hash");
  for (const folder of [root, source]) mkdirSync(folder);
  for (const name of ["a", "b", "c"]) writeFileSync(join(source, name), `the ${name} of old`);
});
afterEach(() => rmSync(join(root, ".."), { recursive: true }));

const come = async (change: () => void = () => undefined) => {
  const files = filesFrom(source, (await readTree(source)).files);
  change();
  await bringIn(deps, root, target, files, "server");
};

test("a folder in which something is changed meanwhile does not appear at all, and leaves nothing behind", async () => {
  const change = () => writeFileSync(join(source, "c"), "changed");
  await expect(come(change)).rejects.toThrow("was changed while it was imported");
  expect(readdirSync(join(root, "slug"))).toEqual([]);
  expect(readdirSync(root)).toEqual(["slug"]);
});

test("a folder that is there already stays as it is until the other one is whole", async () => {
  await come();
  writeFileSync(join(source, "a"), "the a of new");
  await expect(come(() => rmSync(join(source, "c")))).rejects.toThrow("was changed while it was imported");
  expect(readdirSync(target).sort()).toEqual(["a", "b", "c"]);
  expect(readFileSync(join(target, "a"), "utf8")).toBe("the a of old");
  writeFileSync(join(source, "c"), "the c of new");
  await come();
  expect(readFileSync(join(target, "a"), "utf8")).toBe("the a of new");
  expect(readdirSync(root)).toEqual(["slug"]);
});
