import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { OpenAPIV3_1 } from "openapi-types";

import { type House, testHouse } from "../../testing.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

describe.if(databaseNamed)("the API's description", () => {
  let house: House;
  let document: OpenAPIV3_1.Document;
  beforeAll(async () => {
    house = await testHouse();
    document = JSON.parse((await house.request("GET", "/openapi.json")).text);
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
      // 101: a WebSocket, whose messages are described in words.
      const good = answers.filter(([status]) => status.startsWith("2") || status === "101");
      expect(`${name} ${good.length > 0}`).toBe(`${name} true`);
      for (const [status, answer] of good) {
        if (status !== "101") expect("content" in answer && answer.content).toBeTruthy();
      }
      expect(Object.keys(operation.responses ?? {})).toContain("500");
      for (const [, parameter] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation.parameters).toContainEqual(expect.objectContaining({ name: parameter, in: "path" }));
      }
      if (method === "patch") expect(operation.requestBody).toBeDefined();
      const body = operation.requestBody;
      const content = body !== undefined && "content" in body ? Object.entries(body.content) : undefined;
      expect(`${name} ${content?.length ?? "takes nothing"}`).toMatch(/ (1|takes nothing)$/);
      for (const [, { schema }] of content ?? []) {
        expect(`${name} ${JSON.stringify(schema)}`).toContain('"properties":{"');
      }
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
});
