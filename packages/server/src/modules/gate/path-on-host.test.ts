import { expect, test } from "bun:test";

import { pathOnHost } from "./path-on-host.ts";

test("paths of the host stay as they are", () => {
  for (const next of [
    "/",
    "/lab/tree/a%20b.ipynb?reset&x=https://elsewhere.example/#part",
    "/proxy/8888/http://elsewhere.example/",
    "/a//b",
    "/@user:name@host/",
    "/?next=//evil.example",
    "/.well-known/x",
    "/a/../b",
  ]) {
    expect(pathOnHost(next)).toBe(next);
  }
});

test("nothing leads off the host", () => {
  for (const next of [
    "",
    "lab",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%252fevil.example",
    "/%25255Cevil.example",
    "https%3a%2f%2fevil.example",
    "//user:password@evil.example",
    "https://user@evil.example/",
    "user@evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/a\r\nSet-Cookie: x=1",
    "/a%0d%0aSet-Cookie: x=1",
    "/a%250d",
    "/%00",
    "/\u0000",
    "/\u007f",
    "/a b",
    "/.//evil.example",
    "/..//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/.\\evil.example",
    "/\u2028",
    "/\uff0fevil.example",
    "/\ud800",
    `/${"a".repeat(2_000)}`,
  ]) {
    expect(`${next} → ${pathOnHost(next)}`).toBe(`${next} → undefined`);
  }
});
