import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { databaseNamed } from "@medforge/db/testing";
import { prepareFolders } from "@medforge/server/competitions/folders";
import { type House, testHouse } from "@medforge/server/testing";

import { writeDemo } from "../competitions/demo.ts";
import { seedCompetitions } from "./first-competitions.ts";

describe.if(databaseNamed)("the competitions of a fresh installation", () => {
  let house: House;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "medforge-first-"));
    await chmod(folder, 0o711);
    house = await testHouse({ environment: { MEDFORGE_STATE_DIR: folder } });
    prepareFolders(house.deps.config.folders);
  });
  afterAll(async () => {
    await house?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("are imported once: the second time nothing changes, and no holdout lies anywhere else", async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith("medforge-bundle-"));
    expect(await seedCompetitions(house.deps)).toEqual([
      "imported the competition phantom-lesion-segmentation",
      "imported the competition titanic-survival",
    ]);
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith("medforge-bundle-"));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);

    const titanic = await house.db.competitions.bySlug("titanic-survival");
    expect(titanic?.title).toContain("made-up passengers");
    const files = (await readdir(folder, { recursive: true })).sort();
    expect(await seedCompetitions(house.deps)).toEqual([]);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(files);
    expect(await house.db.competitions.bySlug("titanic-survival")).toEqual(titanic);
  }, 60_000);

  test("have a demo submission; what is no competition has none", async () => {
    const place = { folder, to: undefined };
    const demo = await writeDemo(house.deps, "titanic-survival", place);
    expect(demo).toEqual({ file: join(folder, "titanic-survival-demo.csv"), surface: "external" });
    const rows = (await Bun.file(demo.file).text()).trim().split("\n");
    expect([rows.length, rows[0]]).toEqual([419, "PassengerId,Survived"]);
    await expect(writeDemo(house.deps, "nothing", place)).rejects.toThrow("There is no competition");
  });

  test("what an organiser has retired stays retired", async () => {
    await house.db.competitions.update((await house.db.competitions.bySlug("titanic-survival"))?.id ?? "", {
      retiredAt: 1,
    });
    expect(await seedCompetitions(house.deps)).toEqual([]);
  });
});
