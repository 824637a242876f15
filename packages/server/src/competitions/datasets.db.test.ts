import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Slug } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../testing.ts";
import { importDataset, mountedDatasets, removeReplacedDatasets } from "./datasets.ts";
import { datasetFolder } from "./folders.ts";

describe.if(databaseNamed)("importing a dataset", () => {
  const scratch = mkdtempSync(join(tmpdir(), "medforge-datasets-"));
  const root = join(scratch, "datasets");
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ environment: { MEDFORGE_DATASETS_DIR: root } });
  });
  afterAll(async () => {
    await house.close();
    rmSync(scratch, { recursive: true });
  });

  let slug = "";
  let source = "";
  let made = 0;
  beforeEach(() => {
    slug = `knees-${made++}`;
    source = join(scratch, slug);
    mkdirSync(join(source, "files/images"), { recursive: true });
    put("table.csv", "id,age\na,61\n");
    put("images/a.png", "pixels");
    describeAs({});
  });

  const put = (path: string, text: string) => writeFileSync(join(source, "files", path), text);
  const describeAs = (changed: Readonly<Record<string, unknown>>) =>
    writeFileSync(
      join(source, "dataset.json"),
      JSON.stringify({
        slug,
        title: "Knees",
        description: "Of knees.",
        licence: "CC BY 4.0",
        source: "https://example.org",
        exposure: "external",
        ...changed,
      }),
    );
  const folderOf = (treeSha256: string) => datasetFolder(house.deps.config.folders, slug, treeSha256);

  async function everyFile(): Promise<string[]> {
    const dataset = await house.db.datasets.bySlug(slug);
    return (await house.db.datasets.files(dataset?.id ?? "", undefined, 100)).map(({ path }) => path);
  }

  test("copies its files, so that what becomes of the source never shows, and writes everything down", async () => {
    const { dataset, change } = await importDataset(house.deps, source);
    expect(change).toBe("added");
    expect(dataset).toMatchObject({ slug, files: 2, bytes: 18, exposure: "EXTERNAL", retiredAt: null });
    expect(await everyFile()).toEqual(["images/a.png", "table.csv"]);
    put("table.csv", "changed afterwards");
    const copy = join(folderOf(dataset.treeSha256), "table.csv");
    expect(readFileSync(copy, "utf8")).toBe("id,age\na,61\n");
    expect(statSync(copy).mode & 0o777).toBe(0o644);
    expect(statSync(join(folderOf(dataset.treeSha256), "images")).mode & 0o777).toBe(0o755);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("changes nothing the second time, and only the words where only they changed", async () => {
    const first = await importDataset(house.deps, source);
    house.clock.advance(60_000);
    expect(await importDataset(house.deps, source)).toEqual({ ...first, change: "unchanged" });
    describeAs({ title: "Left knees", exposure: "internal" });
    const described = await importDataset(house.deps, source);
    expect(described).toEqual({
      dataset: { ...first.dataset, title: "Left knees", exposure: "INTERNAL" },
      change: "described",
    });
  });

  test("replaces files and listing at once, and keeps the id", async () => {
    const first = await importDataset(house.deps, source);
    rmSync(join(source, "files/table.csv"));
    put("notes.txt", "new");
    const second = await importDataset(house.deps, source);
    expect(second.change).toBe("replaced");
    expect(second.dataset.id).toBe(first.dataset.id);
    expect(await everyFile()).toEqual(["images/a.png", "notes.txt"]);
    expect(readdirSync(folderOf(second.dataset.treeSha256)).sort()).toEqual(["images", "notes.txt"]);
    // Nobody has it mounted.
    expect(existsSync(folderOf(first.dataset.treeSha256))).toBe(false);
  });

  test("leaves what a session may have mounted, until that session has ended", async () => {
    const first = await importDataset(house.deps, source);
    const { cookie } = await house.signup();
    await house.request("POST", "/api/v2/external/sessions", { cookie, body: {} });
    put("table.csv", "other");
    await importDataset(house.deps, source);
    await removeReplacedDatasets(house.deps);
    expect(readFileSync(join(folderOf(first.dataset.treeSha256), "table.csv"), "utf8")).toBe(
      "id,age\na,61\n",
    );
    const [running] = await house.db.sessions.unfinished();
    await house.request("POST", `/api/v2/external/sessions/${running?.session.id}/stop`, { cookie });
    await house.reconciler.pass();
    await house.reconciler.idle();
    expect(await house.db.sessions.unfinished()).toEqual([]);
    await removeReplacedDatasets(house.deps);
    expect(existsSync(folderOf(first.dataset.treeSha256))).toBe(false);
    const now = await house.db.datasets.bySlug(slug);
    expect(existsSync(folderOf(now?.treeSha256 ?? ""))).toBe(true);
  });

  test("brings back one that was retired, and its files if they are lost", async () => {
    const { dataset } = await importDataset(house.deps, source);
    expect(await house.db.datasets.retire(slug, house.clock.now())).toBe(true);
    expect(await house.db.datasets.retire(slug, house.clock.now())).toBe(false);
    rmSync(folderOf(dataset.treeSha256), { recursive: true });
    await importDataset(house.deps, source);
    expect(await house.db.datasets.bySlug(slug)).toEqual(dataset);
    expect(existsSync(join(folderOf(dataset.treeSha256), "table.csv"))).toBe(true);
  });

  test("with faults names them all and leaves nothing", async () => {
    describeAs({ slug: "No", title: " " });
    const refused = await importDataset(house.deps, source).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "invalid_request", fields: [{ path: "slug" }, { path: "title" }] });
    expect(await house.db.datasets.bySlug(slug)).toBeUndefined();
  });

  test("whose files change under the import is told so, appears nowhere, and comes in when it is asked again", async () => {
    for (const change of [
      () => put("table.csv", "another one"),
      () => rmSync(join(source, "files/table.csv")),
    ]) {
      put("table.csv", "id,age\na,61\n");
      // Between the moment when all of it was hashed and the moment when it is copied.
      const tryLock = (name: string) => {
        change();
        return house.db.tryLock(name);
      };
      const importing = importDataset({ ...house.deps, db: { ...house.db, tryLock } }, source);
      const refused = await importing.catch((error: unknown) => error);
      expect(refused).toMatchObject({
        code: "state_conflict",
        message: "A file was changed while it was imported. Try again.",
        fields: [{ entry: "table.csv" }],
      });
      expect(await house.db.datasets.bySlug(slug)).toBeUndefined();
      expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
      expect(readdirSync(join(root, slug))).toEqual([]);
    }
    put("table.csv", "id,age\na,61\n");
    expect((await importDataset(house.deps, source)).change).toBe("added");
  });

  test("clears away what an import that died left behind, and is refused while another one is under way", async () => {
    mkdirSync(join(root, ".incoming-dead"), { recursive: true });
    const lock = await house.db.tryLock("datasets");
    await expect(importDataset(house.deps, source)).rejects.toMatchObject({ code: "state_conflict" });
    await lock?.release();
    await importDataset(house.deps, source);
    expect(existsSync(join(root, ".incoming-dead"))).toBe(false);
  });

  test("gives sessions what fits their exposure, is not retired and is on this machine", async () => {
    const named = async (name: string, exposure: string) => {
      describeAs({ slug: `${slug}-${name}`, exposure });
      return (await importDataset(house.deps, source)).dataset;
    };
    await named("out", "external");
    await named("in", "internal");
    await named("both", "both");
    const lost = await named("lost", "both");
    rmSync(datasetFolder(house.deps.config.folders, lost.slug, lost.treeSha256), { recursive: true });
    await house.db.datasets.retire((await named("retired", "both")).slug, house.clock.now());
    const seen = async (exposure: "EXTERNAL" | "INTERNAL") =>
      (await mountedDatasets(house.deps, exposure))
        .map((dataset) => dataset.slug)
        .filter((name) => name.startsWith(`${slug}-`));
    expect(await seen("EXTERNAL")).toEqual([`${slug}-both`, `${slug}-out`]);
    expect(await seen("INTERNAL")).toEqual([`${slug}-both`, `${slug}-in`]);
    const started = async (exposure: "external" | "internal") => {
      const { cookie } = await house.signup({ internal: true });
      const made = await house.request("POST", `/api/v2/${exposure}/sessions`, { cookie, body: {} });
      const session = made.body.data as { readonly id: string; readonly slug: Slug };
      await house.reconciler.pass();
      await house.reconciler.idle();
      const { wish } = house.engine.containers.get(session.slug) ?? {};
      await house.request("POST", `/api/v2/${exposure}/sessions/${session.id}/stop`, { cookie });
      await house.reconciler.pass();
      await house.reconciler.idle();
      return wish?.datasets;
    };
    expect(await started("external")).toEqual(await mountedDatasets(house.deps, "EXTERNAL"));
    expect(await started("internal")).toEqual(await mountedDatasets(house.deps, "INTERNAL"));
  });

  test("lists thousands of files by path, page after page", async () => {
    mkdirSync(join(source, "files/many"));
    const names = Array.from({ length: 1_203 }, (_, i) => `many/${i.toString(36)}.txt`);
    for (const name of [...names, "many/Z.txt", "many/é.txt", "many.txt"]) put(name, name);
    const { dataset } = await importDataset(house.deps, source);
    const seen: string[] = [];
    for (;;) {
      const page = await house.db.datasets.files(dataset.id, seen.at(-1), 200);
      seen.push(...page.map(({ path }) => path));
      if (page.length < 200) break;
    }
    const expected = [...names, "many/Z.txt", "many/é.txt", "many.txt", "table.csv", "images/a.png"];
    expect(seen).toEqual(expected.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});
