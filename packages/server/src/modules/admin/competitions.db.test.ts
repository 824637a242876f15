import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { addCompetition, addIdentity } from "@medforge/db/testing-competitions";

import { type House, testHouse } from "../../testing.ts";

const PATH = "/api/v2/admin/competitions";

describe.if(databaseNamed)("competitions, to an admin", () => {
  let house: House;
  let cookie: string;
  beforeAll(async () => {
    house = await testHouse();
    cookie = (await house.signup({ admin: true })).cookie;
  });
  afterAll(() => house.close());

  test("are listed by slug, those of both surfaces and retired ones, without their holdouts' hashes", async () => {
    const holdoutSha256 = "5".repeat(64);
    await addCompetition(house.db, { slug: "b-retired", holdoutSha256 });
    await addCompetition(house.db, { slug: "a-internal", exposure: "INTERNAL", holdoutSha256 });
    const moved = await addCompetition(house.db, { slug: "c-rescored", holdoutSha256 });
    const target = await addIdentity(house.db, { slug: moved.slug, metricVersions: "accuracy=accuracy-v2" });
    await house.db.competitions.update(moved.id, { targetIdentityId: target });
    const retired = await house.db.competitions.bySlug("b-retired");
    await house.db.competitions.update(retired?.id ?? "", { retiredAt: house.clock.now() });

    const first = await house.request("GET", `${PATH}?limit=2`, { cookie });
    expect(first.status).toBe(200);
    expect(first.body.data).toMatchObject([
      { slug: "a-internal", exposure: "INTERNAL", rescoring: false, retired_at: null },
      { slug: "b-retired", exposure: "EXTERNAL", retired_at: new Date(house.clock.now()).toISOString() },
    ]);
    const cursor = String(first.body.meta?.next_cursor);
    const second = await house.request("GET", `${PATH}?limit=2&cursor=${cursor}`, { cookie });
    expect(second.body.data).toMatchObject([
      {
        slug: "c-rescored",
        rescoring: true,
        metric_versions: "accuracy=accuracy-v2",
        scorer_version: "test",
      },
    ]);
    expect(first.text + second.text).not.toContain(holdoutSha256);
  });
});
