import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { type House, ORIGIN, testHouse } from "../testing.ts";

describe.if(databaseNamed)("a request", () => {
  let house: House;
  let cookie: string;
  beforeAll(async () => {
    house = await testHouse();
    cookie = (await house.signup()).cookie;
  });
  afterAll(() => house.close());

  const patch = (asking: Parameters<House["request"]>[2]) =>
    house.request("PATCH", "/api/v2/me", { cookie, ...asking });

  test("that succeeds is answered in the envelope, with the same request id in header, body and log", async () => {
    const id = "my-own-request-id";
    const answered = await house.request("GET", "/api/v2/me", { cookie, headers: { "x-request-id": id } });
    expect(answered.status).toBe(200);
    expect(answered.body.meta).toEqual({
      request_id: id,
      api_version: "2",
      timestamp: new Date(house.clock.now()).toISOString(),
    });
    expect(answered.headers.get("x-request-id")).toBe(id);
    await Bun.sleep(5);
    expect(house.lines.some((line) => line.includes(id) && line.includes("http.request"))).toBe(true);
  });

  test("with a request id that could do harm gets one of ours", async () => {
    const given = { "x-request-id": "a b{};<script>" };
    const answered = await house.request("GET", "/api/v2/status", { headers: given });
    expect(answered.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("that fails is answered with problem details that say what to do", async () => {
    const answered = await house.request("GET", "/api/v2/me");
    expect(answered.headers.get("content-type")).toBe("application/problem+json");
    expect(answered.body).toEqual({
      type: "/problems/not_authenticated",
      title: "Not logged in",
      status: 401,
      detail: "Log in with `POST /api/v2/auth/login`, then try again.",
      instance: "/api/v2/me",
      code: "not_authenticated",
      request_id: answered.headers.get("x-request-id") ?? "",
    });
    const meaning = await house.request("GET", "/problems/not_authenticated");
    expect(meaning.body).toMatchObject({ status: 401 });
  });

  test("has the standing headers on success, problem, page and stream alike", async () => {
    for (const path of ["/api/v2/me", "/api/v2/nothing", "/", "/docs", "/healthz"]) {
      const { headers } = await house.request("GET", path, { cookie });
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe(path === "/" || path === "/docs" ? "no-cache" : "no-store");
      expect(headers.get("x-request-id")).not.toBeNull();
    }
  });

  test("with a body that cannot be read is told why", async () => {
    const json = { "content-type": "application/json" };
    const cases: [Parameters<typeof patch>[0], number, string][] = [
      [{ body: "{", headers: json }, 400, "malformed_request"],
      [
        { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } },
        415,
        "unsupported_media_type",
      ],
      [{ body: "{}", headers: { "content-type": "text/plain" } }, 415, "unsupported_media_type"],
      [
        { body: "{}", headers: { "content-type": "application/json; charset=latin1" } },
        415,
        "unsupported_media_type",
      ],
      [{ body: { display_name: "x".repeat(70_000) } }, 413, "upload_too_large"],
      [{ body: {} }, 422, "invalid_request"],
      [{ body: [] }, 422, "invalid_request"],
      [{ body: { display_name: "Ada", is_admin: true } }, 422, "invalid_request"],
      [{ body: { display_name: 7 } }, 422, "invalid_request"],
      [{ body: { display_name: "a\u0000b" } }, 422, "invalid_request"],
    ];
    for (const [asking, status, code] of cases) {
      const answered = await patch(asking);
      expect({ asking, status: answered.status, code: answered.body.code }).toEqual({ asking, status, code });
    }
    const bytes = new Request(`${ORIGIN}/api/v2/me`, {
      method: "PATCH",
      headers: { ...json, cookie },
      body: Buffer.concat([Buffer.from('{"display_name":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]),
    });
    expect((await house.app.handle(bytes)).status).toBe(400);
  });

  test("that names a field wrongly is told which", async () => {
    const { body } = await patch({ body: { display_name: 7, colour: "red" } });
    expect(body.errors).toEqual([
      { path: "colour", message: "Unexpected property" },
      { path: "display_name", message: "Expected string" },
    ]);
  });

  test("whose body goes on and on is refused while it is read", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 16_384;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const headers = { "content-type": "application/json", cookie };
    const response = await house.app.handle(
      new Request(`${ORIGIN}/api/v2/me`, { method: "PATCH", headers, body, duplex: "half" } as RequestInit),
    );
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(1_000_000);
  });

  test("to nowhere, or with the wrong method, is a 404 that says what would have worked", async () => {
    const nowhere = await house.request("GET", "/api/v2/nothing", { cookie });
    expect(nowhere.body).toMatchObject({ status: 404, code: "not_found" });
    const wrong = await house.request("PUT", "/api/v2/me", { cookie, body: {} });
    expect(wrong.status).toBe(404);
    expect(wrong.headers.get("allow")).toBe("GET, PATCH");
    expect(wrong.body.detail).toContain("only GET, PATCH");
    const noId = await house.request("GET", "/api/v2/workspaces/not-an-id", { cookie });
    expect(noId.body).toMatchObject({ status: 404, code: "not_found" });
  });

  test("that breaks us is a 500 without a word about our insides, which are in the log", async () => {
    const broken = await testHouse({
      db: house.db,
      replace: (deps) => ({
        db: {
          ...deps.db,
          gpus: {
            ...deps.db.gpus,
            withHolders: () =>
              Promise.reject(new Error("Failed query: select * from secrets\nparams: /etc/shadow")),
          },
        },
      }),
    });
    const answered = await broken.request("GET", "/api/v2/status");
    expect(answered.body).toMatchObject({ status: 500, code: "internal_error" });
    expect(answered.text).not.toMatch(/select|secrets|shadow| at /);
    expect(broken.lines.join("")).toContain("http.failed");
  });

  test("whose answer does not fit its schema is a 500, never the answer", async () => {
    const odd = await testHouse({
      db: house.db,
      replace: (deps) => ({
        db: { ...deps.db, sessions: { ...deps.db.sessions, countQueued: () => Promise.resolve(0.5) } },
      }),
    });
    const answered = await odd.request("GET", "/api/v2/status");
    expect(answered.body).toMatchObject({ status: 500, code: "internal_error" });
    expect(odd.lines.join("")).toContain("/data/queue_length");
  });

  test("that needs a machine which is away is a 503 with Retry-After", async () => {
    const away = new MachineError("unreachable", "connect ENOENT /var/run/docker.sock", "Start Docker.");
    const dark = await testHouse({
      db: house.db,
      replace: (deps) => ({
        containers: {
          ...deps.containers,
          check: () => Promise.reject(away),
          list: () => Promise.reject(away),
        },
      }),
    });
    const admin = await house.signup({ admin: true });
    const answered = await dark.request("GET", "/api/v2/admin/orphans", { cookie: admin.cookie });
    expect(answered.body).toMatchObject({ status: 503, code: "runtime_unavailable" });
    expect(answered.headers.get("retry-after")).toBe("5");
    expect(answered.text).not.toContain("docker.sock");
    const ready = await dark.request("GET", "/readyz");
    expect(ready.status).toBe(503);
    expect(ready.body.data).toMatchObject({
      ready: false,
      checks: [{ name: "database", ok: true }, { name: "engine", ok: false }, { ok: true }, { ok: true }],
    });
    expect(ready.text).not.toContain("docker.sock");
    expect((await dark.request("GET", "/healthz")).status).toBe(200);
  });
});
