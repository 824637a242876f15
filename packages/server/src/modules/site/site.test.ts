import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Elysia } from "elysia";

import { fileAt, siteFiles } from "./index.ts";

const FILES = new Set([
  "/index.html",
  "/sessions/index.html",
  "/sessions/_/index.html",
  "/sessions/_/terminal/index.html",
  "/icon.svg",
]);

test("a name in the address finds the page that was built for all names", () => {
  expect(fileAt(FILES, "/sessions/ab2cd3ef/")).toBe("/sessions/_/index.html");
  expect(fileAt(FILES, "/sessions/ab2cd3ef/terminal")).toBe("/sessions/_/terminal/index.html");
  expect(fileAt(FILES, "/sessions")).toBe("/sessions/index.html");
  expect(fileAt(FILES, "/")).toBe("/index.html");
  expect(fileAt(FILES, "/icon.svg")).toBe("/icon.svg");
});

test("nothing else is found, whatever it looks like", () => {
  for (const path of [
    "/nope",
    "/sessions/a/b",
    "/../package.json",
    "/%2e%2e/x",
    "/index.html",
    "//",
    "/sessions/x/../../x",
  ]) {
    expect(`${path} ${fileAt(FILES, path)}`).toBe(`${path} undefined`);
  }
});

test("a site that was built is served with its policy; one that was not says what to do", async () => {
  const dir = mkdtempSync(join(tmpdir(), "site-"));
  try {
    await Bun.write(join(dir, "index.html"), "<h1>hello</h1>");
    await Bun.write(join(dir, "404.html"), "<h1>no such page</h1>");
    await Bun.write(join(dir, "status/index.html"), "<h1>status</h1>");
    await Bun.write(join(dir, "assets/a.1234.js"), "1");
    const ask = (path: string, headers: Record<string, string> = {}) =>
      new Elysia().use(siteFiles(dir)).handle(new Request(`http://localhost${path}`, { headers }));

    const page = await ask("/");
    expect(await page.text()).toBe("<h1>hello</h1>");
    expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect((await ask("/assets/a.1234.js")).headers.get("cache-control")).toContain("immutable");
    const moved = await ask("/status?x=1");
    expect([moved.status, moved.headers.get("location")]).toEqual([308, "/status/?x=1"]);
    const navigation = { "sec-fetch-mode": "navigate" };
    expect((await ask("/nope", navigation)).status).toBe(404);
    expect(await (await ask("/nope", navigation)).text()).toContain("no such page");
    expect(await (await ask("/api/nope", navigation)).text()).not.toContain("no such page");

    const bare = await new Elysia()
      .use(siteFiles(join(dir, "gone")))
      .handle(new Request("http://localhost/"));
    expect(await bare.text()).toContain("./medforge up");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
