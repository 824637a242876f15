import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, ORIGIN, testHouse } from "../testing.ts";
import { OPEN_DOORS } from "./open-doors.ts";

describe.if(databaseNamed)("strangers", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  const routes = () => house.app.routes.map(({ method, path }) => ({ method, path }));
  const real = (path: string) => path.replace(/:\w+/g, "01890a5d-ac96-774b-bcce-b302099a8057");

  test("the open doors are exactly these, and each of them is there", () => {
    expect([...OPEN_DOORS].sort()).toEqual([
      "GET /api/v2/auth/session-proxy",
      "GET /api/v2/auth/session-ticket",
      "GET /api/v2/auth/session-ticket/redeem",
      "GET /api/v2/auth/visitor",
      "GET /api/v2/status",
      "GET /docs",
      "GET /docs/:file",
      "GET /healthz",
      "GET /openapi.json",
      "GET /problems/:code",
      "GET /readyz",
      "POST /api/v2/auth/login",
      "POST /api/v2/auth/signup",
    ]);
    const all = routes().map(({ method, path }) => `${method} ${path}`);
    for (const door of OPEN_DOORS) expect(all).toContain(door);
  });

  test("are refused at every other route, whatever they send", async () => {
    const closed = routes().filter(({ method, path }) => !OPEN_DOORS.includes(`${method} ${path}`));
    expect(closed.length).toBeGreaterThan(35);
    for (const { method, path } of closed) {
      const asking = method === "GET" ? {} : { body: { nonsense: true } };
      const answered = await house.request(method, `${real(path)}?limit=nonsense`, asking);
      expect(`${method} ${path} ${answered.status}`).toBe(`${method} ${path} 401`);
      expect(answered.body.code).toBe("not_authenticated");
    }
  });

  test("may ask for the heads of open pages, not of closed ones", async () => {
    expect((await house.send("HEAD", "/api/v2/status")).status).toBe(200);
    expect((await house.send("HEAD", "/api/v2/me")).status).toBe(401);
  });

  test("have no byte of their body read, at any closed route that takes one", async () => {
    for (const { method, path } of routes()) {
      if (method === "GET" || OPEN_DOORS.includes(`${method} ${path}`)) continue;
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled++;
            controller.enqueue(new Uint8Array(65_536));
          },
        },
        { highWaterMark: 0 },
      );
      const headers = { "content-type": "application/json" };
      const response = await house.app.handle(
        new Request(`${ORIGIN}${real(path)}`, { method, headers, body, duplex: "half" } as RequestInit),
      );
      expect(`${method} ${path} ${response.status} ${pulled}`).toBe(`${method} ${path} 401 0`);
    }
  });

  test("get their answer over a real connection before they have sent the body they announced", async () => {
    const app = house.app.listen({ hostname: "127.0.0.1", port: 0 });
    let heard = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: app.server?.port ?? 0,
      socket: {
        data(_, bytes) {
          heard += bytes.toString();
          if (heard.includes("not_authenticated")) resolve();
        },
        close: () => resolve(),
      },
    });
    socket.write(
      "PATCH /api/v2/me HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
    );
    await promise;
    socket.end();
    await app.stop(true);
    expect(heard).toStartWith("HTTP/1.1 401");
  });
});
