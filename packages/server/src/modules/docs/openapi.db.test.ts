import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { OpenAPIV3_1 } from "openapi-types";

import { type House, testHouse } from "../../testing.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const METHODS = ["get", "post", "put", "patch", "delete"] as const;

describe.if(databaseNamed)("the API's description", () => {
  let house: House;
  let document: OpenAPIV3_1.Document;
  let cookie: string;
  beforeAll(async () => {
    house = await testHouse();
    document = JSON.parse((await house.request("GET", "/openapi.json")).text);
    cookie = (await house.signup({ admin: true, internal: true })).cookie;
  });
  afterAll(() => house.close());

  function* operations() {
    for (const [path, item] of Object.entries(document.paths ?? {})) {
      for (const method of METHODS) {
        const operation = item?.[method];
        if (operation !== undefined) yield { path, method, operation, name: `${method} ${path}` };
      }
    }
  }

  test("names every route of the API, with summary, tag, answer and problems", () => {
    const named = new Set([...operations()].map(({ name }) => name));
    for (const { method, path } of house.app.routes.filter(({ path }) => path.startsWith("/api/"))) {
      expect(named).toContain(`${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`);
    }
    for (const { name, method, path, operation } of operations()) {
      expect(`${name}: ${operation.summary ?? ""}`).toMatch(/: .{5,}/);
      expect(operation.tags).toHaveLength(1);
      const answers = Object.entries(operation.responses ?? {});
      const good = answers.filter(([status]) => status.startsWith("2"));
      expect(`${name} ${good.length > 0}`).toBe(`${name} true`);
      for (const [, answer] of good) expect("content" in answer && answer.content).toBeTruthy();
      expect(Object.keys(operation.responses ?? {})).toContain("500");
      for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation.parameters).toContainEqual(expect.objectContaining({ name: parameter, in: "path" }));
      }
      if (method === "patch") expect(operation.requestBody).toBeDefined();
    }
  });

  test("is a page that loads nothing from elsewhere", async () => {
    const page = await house.request("GET", "/docs");
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(files.length).toBe(3);
    for (const file of files) {
      expect(file).toStartWith("/docs/");
      expect((await house.request("GET", file)).status).toBe(200);
    }
    expect(page.text).not.toMatch(/https?:\/\//);
    expect((await house.request("GET", "/docs/..%2f..%2fpackage.json")).status).toBe(404);
    expect((await house.request("GET", "/docs/package.json")).status).toBe(404);
  });

  test("holds: whatever is sent to any route, none of them breaks", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    const nested = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    const json = (value: unknown) => JSON.stringify(value);
    const values = [
      null,
      true,
      0,
      -1,
      1.5,
      1e308,
      "",
      "x",
      "\u0000",
      "\ud800",
      "💥".repeat(500),
      [],
      {},
      [[]],
      { a: 1 },
    ];
    let sent = 0;
    for (const { path, method, operation } of operations()) {
      if (path.endsWith("/logout") || path.endsWith("/restore") || path.endsWith("/signup")) continue;
      const url = path.replace("{slug}", "aaaaaaaa").replace(/\{\w+\}/g, ID);
      const bodies: (string | Uint8Array)[] = [
        deep,
        nested,
        "\u0000",
        "[1",
        Uint8Array.of(0xc3, 0x28),
        '{"__proto__":{"x":1}}',
      ];
      const wanted = operation.requestBody;
      const schema = wanted && "content" in wanted ? wanted.content["application/json"]?.schema : undefined;
      const fields = Object.keys((schema && "properties" in schema ? schema.properties : {}) ?? {});
      for (const value of values) {
        bodies.push(json(value), json(Object.fromEntries(fields.map((field) => [field, value]))));
        for (const field of fields) bodies.push(json({ [field]: value }));
      }
      for (const body of method === "get" ? [] : bodies) {
        const response = await house.app.handle(
          new Request(`http://localhost:8600${url}`, {
            method: method.toUpperCase(),
            headers: {
              cookie,
              "content-type": "application/json",
              "x-forwarded-for": `10.9.${sent >> 8}.${sent & 255}`,
            },
            body: typeof body === "string" ? body : Buffer.from(body),
          }),
        );
        sent++;
        const text = await response.text();
        expect(
          `${method} ${path} ${String(body).slice(0, 60)} → ${response.status} ${text.slice(0, 200)}`,
        ).not.toMatch(/→ 5/);
      }
      const hostile = ["%00", "%ff%fe", "..%2f..%2fetc", "a".repeat(3000), "%F0%9F%92%A5", "'--", "1e309"];
      for (const value of hostile) {
        const urls = [
          path.replace(/\{\w+\}/g, value),
          `${url}?limit=${value}`,
          `${url}?cursor=${value}`,
          `${url}?${value}=${value}`,
        ];
        for (const target of urls) {
          if (method !== "get") continue;
          const { status, text } = await house.request("GET", target, { cookie });
          sent++;
          expect(`${target.slice(0, 80)} → ${status} ${text.slice(0, 200)}`).not.toMatch(/→ 5/);
        }
      }
    }
    expect(sent).toBeGreaterThan(1000);
  }, 60_000);
});
