import { expect, test } from "bun:test";

import { type Domain, parseSessionHost, portalOrigin, sessionHost } from "./hosts.ts";
import type { Slug } from "./ids.ts";

const LAB: Domain = { name: "lab.example.org", port: 443 };
const HERE: Domain = { name: "localhost", port: 8443 };
const slug = "abcdefg7" as Slug;

test("session hosts are written and read alike", () => {
  const table = [
    [LAB, { slug, exposure: "EXTERNAL", port: 8080 }, "s-abcdefg7.external.medforge.lab.example.org"],
    [LAB, { slug, exposure: "INTERNAL", port: 1024 }, "s-abcdefg7-1024.internal.medforge.lab.example.org"],
    [HERE, { slug, exposure: "EXTERNAL", port: 65535 }, "s-abcdefg7-65535.external.medforge.localhost:8443"],
  ] as const;
  for (const [domain, host, text] of table) {
    expect(sessionHost(domain, host)).toBe(text);
    expect(parseSessionHost(domain, text)).toEqual(host);
  }
});

test("upper case, another port of Caddy's and a written 8080 name the same", () => {
  const host = { slug, exposure: "EXTERNAL", port: 8080 } as const;
  for (const text of [
    "S-ABCDEFG7.External.MedForge.localhost:8443",
    "s-abcdefg7.external.medforge.localhost",
    "s-abcdefg7-8080.external.medforge.localhost:1",
  ]) {
    expect(parseSessionHost(HERE, text)).toEqual(host);
  }
});

test("nothing else is a session's host", () => {
  const rest = ".external.medforge.localhost";
  for (const text of [
    "",
    "s-abcdefg7",
    "external.medforge.localhost",
    `s-abcdefg${rest}`,
    `s-abcdefg71${rest}`,
    `s-abcdefg1${rest}`,
    `t-abcdefg7${rest}`,
    `s-abcdefg7.s-abcdefg7${rest}`,
    `s-abcdefg7-${rest}`,
    `s-abcdefg7-22${rest}`,
    `s-abcdefg7-1023${rest}`,
    `s-abcdefg7-01024${rest}`,
    `s-abcdefg7-65536${rest}`,
    `s-abcdefg7-8080-1${rest}`,
    `s-abcdefg7-1e4${rest}`,
    `s-abcdefg7+8888${rest}`,
    `s-abcdefg7${rest}.`,
    `s-abcdefg7${rest}.evil.example`,
    `s-abcdefg7${rest}:`,
    `s-abcdefg7${rest}:8443:1`,
    `s-abcdefg7${rest}@evil.example`,
    "s-abcdefg7.both.medforge.localhost",
    "s-abcdefg7.externalxmedforge.localhost",
    "s-abcdefg7.external.medforge.lab.example.org",
    `[::1]`,
  ]) {
    expect(`${text} ${parseSessionHost(HERE, text)?.slug}`).toBe(`${text} undefined`);
  }
});

test("a portal's origin is what browsers send", () => {
  expect(portalOrigin(LAB, "INTERNAL")).toBe("https://internal.medforge.lab.example.org");
  expect(portalOrigin(HERE, "EXTERNAL")).toBe("https://external.medforge.localhost:8443");
});
