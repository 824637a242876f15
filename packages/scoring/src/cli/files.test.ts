import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { filesIn } from "./files.ts";

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "medforge-files-"));
});
afterAll(() => rm(place, { recursive: true }));

async function folderOf(name: string): Promise<string> {
  const folder = join(place, name);
  await mkdir(join(folder, "deep/er"), { recursive: true });
  for (const file of ["b.csv", "deep/a.csv", "deep/er/c.csv"]) await writeFile(join(folder, file), "x");
  return folder;
}

test("all files of a folder and of the folders in it are found by relative name", async () => {
  const folder = await folderOf("plain");
  expect((await filesIn(folder)).sort()).toEqual(["b.csv", "deep/a.csv", "deep/er/c.csv"]);
  await expect(filesIn(join(folder, "nowhere"))).rejects.toThrow("is not a folder that can be read");
});

test("a link is refused by its name and not gone through, whatever it leads to: a file, a folder, its own folder", async () => {
  const elsewhere = await folderOf("elsewhere");
  for (const [name, target] of [
    ["to-file", join(elsewhere, "b.csv")],
    ["to-folder", elsewhere],
    ["to-itself", "../.."],
    ["to-nothing", "nothing"],
  ] as const) {
    const folder = await folderOf(name);
    const link = join(folder, "deep/er/link");
    await symlink(target, link);
    await expect(filesIn(folder)).rejects.toThrow(`${link} is not a plain file.`);
  }
});
