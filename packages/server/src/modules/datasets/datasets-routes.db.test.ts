import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { newId } from "@medforge/db/testing-competitions";

import { type House, testHouse } from "../../testing.ts";

describe.if(databaseNamed)("datasets over HTTP", () => {
  let house: House;
  let cookie: string;
  beforeAll(async () => {
    house = await testHouse();
    cookie = (await house.signup({ internal: true })).cookie;
    await add("z-outside", "EXTERNAL");
    await add("inside", "INTERNAL");
    await add("a-both", "BOTH");
    await add("old", "BOTH");
    await house.db.datasets.retire("old", house.clock.now());
  });
  afterAll(() => house.close());

  const files = ["images/a: 1.png", "images/é.png", "images/😀.png", "table.csv"];
  async function add(slug: string, exposure: "EXTERNAL" | "INTERNAL" | "BOTH"): Promise<void> {
    const id = newId();
    await house.db.datasets.add({
      id,
      slug,
      title: `The ${slug}`,
      description: "*Pictures*",
      licence: "CC BY 4.0",
      source: "https://example.org",
      exposure,
      files: files.length,
      bytes: 40,
      treeSha256: "7".repeat(64),
      createdAt: house.clock.now(),
      retiredAt: null,
    });
    const rows = files.map((path) => ({ path, bytes: 10, sha256: "5".repeat(64) }));
    await house.db.datasets.replaceFiles(id, rows);
  }

  const get = (path: string, as = cookie) => house.request("GET", `/api/v2/${path}`, { cookie: as });
  const slugs = async (path: string) =>
    ((await get(path)).body.data as { readonly slug: string }[]).map(({ slug }) => slug);

  test("are listed on their surface by slug, without retired ones, page after page", async () => {
    expect(await slugs("external/datasets")).toEqual(["a-both", "z-outside"]);
    expect(await slugs("internal/datasets")).toEqual(["a-both", "inside"]);
    const first = await get("external/datasets?limit=1");
    expect(await slugs(`external/datasets?limit=1&cursor=${first.body.meta?.next_cursor}`)).toEqual([
      "z-outside",
    ]);
  });

  test("say where they come from, how large they are and where a session reads them", async () => {
    expect((await get("external/datasets/a-both")).body.data).toEqual({
      slug: "a-both",
      title: "The a-both",
      description: "*Pictures*",
      licence: "CC BY 4.0",
      source: "https://example.org",
      exposure: "BOTH",
      files: 4,
      bytes: 40,
      tree_sha256: "7".repeat(64),
      mount_path: "/datasets/a-both",
      imported_at: "2026-01-02T03:04:05.678Z",
      retired_at: null,
      previews: { volume: 0, image: 3, table: 1 },
    });
    expect((await get("internal/datasets/old")).body.data).toMatchObject({
      retired_at: "2026-01-02T03:04:05.678Z",
    });
  });

  test("list their files page after page, whatever is in a name", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await get(`external/datasets/a-both/files?limit=1${cursor}`);
      seen.push(...(body.data as { readonly path: string }[]).map(({ path }) => path));
      cursor = body.meta?.next_cursor === null ? "" : `&cursor=${body.meta?.next_cursor}`;
    } while (cursor !== "");
    expect(seen).toEqual(files);
    expect((await get("external/datasets/a-both/files?cursor=nonsense")).status).toBe(400);
  });

  test("of the other surface are not there, and the internal ones ask for the right", async () => {
    const member = (await house.signup()).cookie;
    for (const rest of ["", "/files"]) {
      expect((await get(`external/datasets/inside${rest}`)).status).toBe(404);
      expect((await get(`internal/datasets/z-outside${rest}`)).status).toBe(404);
      expect((await get(`external/datasets/none${rest}`)).status).toBe(404);
      expect((await get(`internal/datasets/inside${rest}`, member)).body.code).toBe(
        "internal_access_required",
      );
      expect((await get(`internal/datasets/inside${rest}`)).status).toBe(200);
    }
  });
});
