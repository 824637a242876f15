import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, ORIGIN, testHouse } from "../testing.ts";

const FOREIGN: Record<string, string>[] = [
  { origin: "https://evil.example" },
  { origin: "null" },
  { origin: `${ORIGIN}.evil.example` },
  { "sec-fetch-site": "cross-site" },
  { origin: ORIGIN, "sec-fetch-site": "cross-site" },
  // A session's host is the same site as the portal, and runs whatever its owner likes.
  { origin: "http://s-abcdefgh.localhost:8600" },
  { "sec-fetch-site": "same-site" },
];

describe.if(databaseNamed)("a request from another site", () => {
  let house: House;
  let cookie: string;
  beforeAll(async () => {
    house = await testHouse();
    cookie = (await house.signup({ admin: true })).cookie;
  });
  afterAll(() => house.close());

  const changing = () =>
    house.app.routes.filter(({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method));
  const real = (path: string) => path.replace(/:\w+/g, "01890a5d-ac96-774b-bcce-b302099a8057");

  test("changes nothing at any route that could, whoever asks", async () => {
    expect(changing().length).toBeGreaterThan(30);
    for (const { method, path } of changing()) {
      for (const headers of FOREIGN) {
        for (const jar of [cookie, undefined, `${cookie}; other=1`]) {
          const answered = await house.request(method, real(path), { headers, cookie: jar, body: {} });
          expect(`${method} ${path} ${answered.body.code}`).toBe(`${method} ${path} origin_not_allowed`);
        }
      }
    }
  });

  test("is let through only with a bearer token and no cookie, as no browser sends one by itself", async () => {
    const authorization = "Bearer mf_unknown";
    for (const { method, path } of changing()) {
      for (const headers of FOREIGN) {
        const withToken = await house.request(method, real(path), { headers: { ...headers, authorization } });
        expect(withToken.body.code).not.toBe("origin_not_allowed");
        const withBoth = await house.request(method, real(path), {
          headers: { ...headers, authorization },
          cookie,
        });
        expect(withBoth.body.code).toBe("origin_not_allowed");
      }
    }
  });

  test("from the portal itself, or from no browser, is let through, and so is reading", async () => {
    const patch = async (headers: Record<string, string>) =>
      (await house.request("PATCH", "/api/v2/me", { cookie, body: { display_name: "Ada" }, headers })).status;
    expect(await patch({ origin: ORIGIN, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await patch({ "sec-fetch-site": "none" })).toBe(200);
    expect(await patch({})).toBe(200);
    for (const headers of FOREIGN) {
      expect((await house.request("GET", "/api/v2/me", { cookie, headers })).status).toBe(200);
    }
  });
});
