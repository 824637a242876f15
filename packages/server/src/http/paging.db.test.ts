import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../testing.ts";

describe.if(databaseNamed)("a list", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  /** Every item in the order of the pages, doing something after the first. */
  async function readAll(path: string, cookie: string, limit: number, meanwhile?: () => Promise<unknown>) {
    const seen: Record<string, unknown>[] = [];
    let cursor: unknown;
    for (let page = 0; page < 50; page++) {
      const at = cursor === undefined ? "" : `&cursor=${cursor}`;
      const { status, body } = await house.request("GET", `${path}?limit=${limit}${at}`, { cookie });
      expect(status).toBe(200);
      seen.push(...(body.data as Record<string, unknown>[]));
      if (page === 0) await meanwhile?.();
      expect(body.meta?.limit).toBe(limit);
      expect(body.meta?.has_more).toBe(body.meta?.next_cursor !== null);
      cursor = body.meta?.next_cursor;
      if (cursor === null) return seen;
    }
    throw new Error("the pages never end");
  }

  test("loses and repeats nobody, while others join and leave between its pages", async () => {
    const { cookie, id } = await house.signup();
    const names = Array.from({ length: 7 }, (_, i) => `w${i}`);
    for (const name of names) {
      // Several within one millisecond: the ids alone must keep them apart.
      if (name === "w3") house.clock.advance(5);
      await house.request("POST", "/api/v2/workspaces", { cookie, body: { name } });
    }
    const own = await house.db.workspaces.ofUser(id, undefined, 100);
    const second = own[1];
    const seen = await readAll("/api/v2/workspaces", cookie, 2, async () => {
      // One of the first page goes, another one comes: an offset would now skip one and repeat none of it.
      await house.db.workspaces.markDeleted(second?.id ?? "", house.clock.now(), null);
      house.clock.advance(5);
      await house.request("POST", "/api/v2/workspaces", { cookie, body: { name: "late" } });
    });
    expect(seen.map(({ id }) => id)).toEqual([...own.map(({ id }) => id), seen.at(-1)?.id]);
    expect(seen.map(({ name }) => String(name)).sort()).toEqual(["late", ...names]);
  });

  test("that is newest first goes on where it was while newer ones come", async () => {
    const { cookie, email } = await house.signup();
    const login = () => {
      house.clock.advance(10);
      return house.request("POST", "/api/v2/auth/login", {
        body: { email, password: "correct horse battery" },
      });
    };
    for (let i = 0; i < 4; i++) await login();
    const before = await readAll("/api/v2/auth/sessions", cookie, 200);
    const seen = await readAll("/api/v2/auth/sessions", cookie, 2, login);
    expect(before).toHaveLength(5);
    expect(seen.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test("refuses a cursor of another list, nonsense, and limits out of range", async () => {
    const { cookie } = await house.signup({ admin: true });
    const get = (query: string) => house.request("GET", `/api/v2/admin/users?${query}`, { cookie });
    const { body } = await house.request("GET", "/api/v2/admin/gpus?limit=1", { cookie });
    expect((await get(`cursor=${body.meta?.next_cursor}`)).body.code).toBe("malformed_request");
    expect((await get("cursor=nonsense")).body.code).toBe("malformed_request");
    for (const limit of ["0", "201", "-1", "1.5", "abc", "1e3"]) {
      expect(`${limit} ${(await get(`limit=${limit}`)).status}`).toBe(`${limit} 422`);
    }
    expect((await get("limit=200")).status).toBe(200);
    expect((await get("page=2")).status).toBe(422);
  });
});
