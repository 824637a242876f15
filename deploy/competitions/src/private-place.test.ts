import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { privatePlace } from "./private-place.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "medforge-place-"));
  await mkdir(join(scratch, "work/.git"), { recursive: true });
  await mkdir(join(scratch, "shown"));
  await mkdir(join(scratch, "bundle/public"), { recursive: true });
  await symlink(join(scratch, "shown"), join(scratch, "link"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test("a holdout is written nowhere that people can look into", () => {
  const table: [folder: string, says: string | undefined][] = [
    ["fine", undefined],
    ["shown-not", undefined],
    ["bundle/publication", undefined],
    ["bundle/public", "a folder called public"],
    ["bundle/public/deep/er", "a folder called public"],
    ["Datasets/x", "a folder called Datasets"],
    ["shown", "people can look into"],
    ["shown/new/bundle", "people can look into"],
    ["link/new", "people can look into"],
    ["fine/../shown/x", "people can look into"],
    ["work", "is a git work tree"],
    ["work/new/bundle", "is a git work tree"],
  ];
  for (const [folder, says] of table) {
    const place = () =>
      privatePlace(join(scratch, folder), [join(scratch, "shown"), join(scratch, "not-there")]);
    if (says === undefined) expect(place()).toEndWith(folder);
    else expect(place).toThrow(says);
  }
});

test("a work tree of git's worktree command has .git as a file", async () => {
  await Bun.write(join(scratch, "worktree/.git"), "gitdir: elsewhere\n");
  expect(() => privatePlace(join(scratch, "worktree/x"), [])).toThrow("is a git work tree");
});
