import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { Handle } from "@medforge/contracts/me";
import { HANDLE_PATTERN, handleOf } from "@medforge/core/handles";
import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../../testing.ts";

test("the API takes the handles that the rules allow", () => {
  expect(Handle.pattern).toBe(HANDLE_PATTERN);
});

describe.if(databaseNamed)("handles", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  const choose = async (cookie: string, handle: string) => {
    const { status, body } = await house.request("PATCH", "/api/v2/me", { cookie, body: { handle } });
    return { status, code: body.code, handle: (body.data as { handle: string } | undefined)?.handle };
  };

  test("everybody has one from the start that says nothing of them, by which they are found", async () => {
    const { id, cookie } = await house.signup();
    const given = handleOf({ id, chosenHandle: null });
    const me = await house.request("GET", "/api/v2/me", { cookie });
    expect(me.body.data).toMatchObject({ handle: given, listed: true });
    expect((await house.db.users.byHandle(given))?.id).toBe(id);
    expect(await choose(cookie, given)).toMatchObject({ status: 200, handle: given });
  });

  test("one that is taken, given to somebody or kept for the house is refused alike", async () => {
    const [ada, bob] = [await house.signup(), await house.signup()];
    expect(await choose(ada.cookie, "ada")).toMatchObject({ status: 200, handle: "ada" });
    for (const handle of [
      "ada",
      "admin",
      handleOf({ id: ada.id, chosenHandle: null }),
      "member-of-the-board",
    ]) {
      expect(await choose(bob.cookie, handle)).toMatchObject({ status: 409, code: "state_conflict" });
    }
    expect(await choose(bob.cookie, "Ada")).toMatchObject({ status: 422, code: "invalid_request" });
    expect(await choose(ada.cookie, "ada-lovelace")).toMatchObject({ status: 200 });
    expect(await choose(bob.cookie, "ada")).toMatchObject({ status: 200, handle: "ada" });
  });

  test("of many who want the same one at once, one gets it", async () => {
    const people = [];
    for (let i = 0; i < 8; i++) people.push(await house.signup());
    const answers = await Promise.all(people.map(({ cookie }) => choose(cookie, "the-one")));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
  });
});
