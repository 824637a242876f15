import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { command } from "@medforge/runtime/command";

import { hostOf } from "./caddy.ts";
import {
  APP,
  answered,
  type Between,
  CONTAINER,
  headerOf,
  LOGIN,
  openBetween,
  PORTAL,
  SESSION,
} from "./caddy-between.ts";
import { must } from "./house.ts";
import { inLab } from "./named.ts";
import { rawRequest } from "./raw-http.ts";

/** Where Caddy says no, and what it is from outside. What reaches whom: caddy-headers.e2e.test.ts. */

const CADDY_FOLDER = fileURLToPath(new URL("../../../deploy/caddy/", import.meta.url));

describe.skipIf(!inLab)("Caddy as a wall", () => {
  let between: Between;
  beforeAll(async () => {
    between = await openBetween();
  });
  afterAll(() => between.close());
  beforeEach(() => between.reset());

  test("an answer of the gate that does not let in goes to the visitor unchanged", async () => {
    between.rule(
      answered("302 Found", ["Location: https://portal/ticket", "X-MedForge-Upstream: 1.2.3.4:5"], ""),
    );
    const redirected = await between.ask(SESSION, "/");
    expect([redirected.status, redirected.headers.get("location")]).toEqual([302, "https://portal/ticket"]);
    for (const status of [401, 403, 404, 500]) {
      between.rule(answered(`${status} No`, ["Content-Type: text/plain"], "because"));
      const refused = await between.ask(SESSION, "/", ["Connection: Upgrade", "Upgrade: websocket"]);
      expect([refused.status, refused.body]).toEqual([status, "because"]);
    }
    expect(between.container.heard).toEqual([]);
  });

  test("without an address, or with one that is no session's, it is 502 and nobody is asked", async () => {
    const address = [
      [],
      ["X-MedForge-Upstream:"],
      [`X-MedForge-Upstream: 127.0.0.1:${between.api.port}`],
      [`X-MedForge-Upstream: 172.30.0.1:80@127.0.0.1:${between.api.port}`],
      ["X-MedForge-Upstream: [::1]:22"],
      ["X-MedForge-Upstream: 172.30.0.1"],
      ["X-MedForge-User: ada"],
    ];
    for (const lines of address) {
      between.rule(answered("200 OK", lines, ""));
      const answer = await between.ask(SESSION, "/", [
        `X-MedForge-Upstream: ${CONTAINER}:${between.container.port}`,
      ]);
      expect([lines, answer.status, answer.headers.get("content-type")]).toEqual([
        lines,
        502,
        "application/problem+json",
      ]);
      expect(JSON.parse(answer.body)).toMatchObject({ status: 502, code: "runtime_unavailable" });
    }
    expect(between.container.heard).toEqual([]);
    expect(between.api.heard.length).toBe(address.length);
  });

  test("a port that nobody listens on is a page that names it, and a problem for programs", async () => {
    between.rule(answered("200 OK", [`X-MedForge-Upstream: ${CONTAINER}:4321`], ""));
    const seen = await between.ask(SESSION, "/", ["Accept: text/html,*/*"]);
    expect(seen.status).toBe(502);
    expect(seen.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(seen.body).toContain("Nothing answers on port 4321 of this session");
    expect(seen.body).toContain("0.0.0.0:4321");
    expect(seen.body).toContain(`https://${PORTAL}:${between.caddy.port}/`);
    const read = await between.ask(SESSION, "/", ["Accept: */*"], "");
    expect(JSON.parse(read.body)).toMatchObject({ status: 502, code: "port_silent" });
    expect(read.headers.get("x-request-id")).toBe(JSON.parse(read.body).request_id);
  });

  test("nobody outside asks the gate, on no host and in no spelling", async () => {
    const spellings = [
      "/api/v2/auth/session-proxy",
      "/api/v2/auth/session-proxy?x=1",
      "/api/v2/auth/session-proxy/",
      "/api/v2/auth/%73ession-proxy",
      "/api/v2//auth/session-proxy",
      "/api/v2/auth/../auth/session-proxy",
      "/API/v2/auth/Session-Proxy",
      "//api/v2/auth/session-proxy",
      "/x/../api/v2/auth/session-proxy",
    ];
    for (const host of [PORTAL, hostOf("internal"), hostOf("api"), SESSION]) {
      for (const path of spellings) {
        const answer = await between.ask(host, path, [`Cookie: ${APP}`]);
        expect([host, path, answer.status]).toEqual([host, path, 403]);
      }
    }
    expect(between.api.heard).toEqual([]);
  });

  test("the name in TLS and the Host must agree", async () => {
    const table: [string, string][] = [
      [SESSION, PORTAL],
      [PORTAL, SESSION],
      [SESSION, hostOf("s-aaaaaaaa", "external")],
      [SESSION, "127.0.0.1"],
    ];
    for (const [sni, host] of table) {
      const lines = ["GET / HTTP/1.1", `Host: ${host}`, "Connection: close"];
      const answer = await rawRequest({ port: between.caddy.port, ca: await between.caddy.ca(), sni, lines });
      expect([sni, host, answer.status]).toEqual([sni, host, 421]);
    }
    expect([...between.api.heard, ...between.container.heard]).toEqual([]);
  });

  test("redirects to the external portal, and the API's own host takes no cookies", async () => {
    const moved = await between.ask(hostOf(), "/x?y=1");
    expect([moved.status, moved.headers.get("location")]).toEqual([
      301,
      `https://${PORTAL}:${between.caddy.port}/x?y=1`,
    ]);
    await between.ask(hostOf("api"), "/api/v2/me", [`Cookie: ${LOGIN}`, "Authorization: Bearer token"]);
    expect(headerOf(between.api.heard[0], "cookie")).toBeUndefined();
    expect(headerOf(between.api.heard[0], "authorization")).toBe("Bearer token");
    expect((await between.ask(hostOf("api"), "/")).status).toBe(404);
  });

  test("production has the same routes, at its own names, and asks for certificates by DNS", async () => {
    const whole = await Bun.file(join(CADDY_FOLDER, "Caddyfile")).text();
    expect(whole).toContain("acme_dns {$MEDFORGE_ACME_DNS}");
    // The module of a DNS provider is not in Debian's Caddy: all but that line is tried.
    const production = join(between.folder, "production.Caddyfile");
    await Bun.write(
      production,
      whole.replace("acme_dns {$MEDFORGE_ACME_DNS}", "").replaceAll("import ", `import ${CADDY_FOLDER}`),
    );

    const env = {
      MEDFORGE_CADDY_STORAGE: between.folder,
      MEDFORGE_CADDY_ADMIN: "/run/x.sock",
      MEDFORGE_ACME_EMAIL: "a@b.c",
    };
    const at = { env: { ...env, XDG_DATA_HOME: between.folder, XDG_CONFIG_HOME: between.folder } };
    const serverOf = async (file: string) => {
      const argv = ["caddy", "adapt", "--adapter", "caddyfile", "--config", file, "--validate"];
      const { exitCode, stdout, stderr } = await command(argv, at);
      expect([file, exitCode, exitCode === 0 ? "" : stderr]).toEqual([file, 0, ""]);
      const adapted: Adapted = JSON.parse(stdout);
      expect(adapted.admin.listen).toStartWith("unix//");
      return adapted.apps.http.servers.srv0;
    };
    const theirs = await serverOf(production);
    const ours = await serverOf(join(CADDY_FOLDER, "local.Caddyfile"));
    expect(theirs.routes.length).toBeGreaterThan(5);
    expect(theirs.routes).toEqual(ours.routes);
    expect(theirs.errors).toEqual(ours.errors);
    expect([theirs.strict_sni_host, ours.strict_sni_host]).toEqual([true, true]);
    expect(theirs.listen).toEqual([":443"]);
  });

  test("files with a hash in their name are kept for ever and come compressed; the API serves what is not there", async () => {
    const site = join(between.folder, "site/assets");
    const text = "export const page = 1;\n".repeat(200);
    await Bun.write(join(site, "page.D4f1.js"), text);
    const get = (path: string) => between.ask(PORTAL, path, ["Accept-Encoding: gzip"]);
    const file = await get("/assets/page.D4f1.js");
    expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(file.headers.get("content-encoding")).toBe("gzip");
    expect(file.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    for (const path of ["/assets/other.js", "/assets/", "/assets/../../caddy.log", "/"]) {
      expect([path, (await get(path)).body]).toEqual([path, "from the API"]);
    }
  });

  test("no image is taken but by its digest", async () => {
    const images = (await Bun.file(join(CADDY_FOLDER, "Dockerfile")).text()).match(/^FROM \S+/gm) ?? [];
    expect(images.length).toBe(2);
    for (const image of images) expect(image).toMatch(/:2\.11\.\d+(-builder)?@sha256:[0-9a-f]{64}$/);
  });

  test("Caddy listens on one address, and its admin endpoint is a socket that only its user may enter", async () => {
    const listening = await must(["ss", "-Hltnp"]);
    const ours = listening.split("\n").filter((line) => line.includes('"caddy"'));
    expect(ours.map((line) => line.split(/\s+/)[3])).toEqual([`127.0.0.1:${between.caddy.port}`]);
    expect(await must(["ss", "-Hlx"])).toContain(` ${between.caddy.adminSocket} `);
    expect((await must(["stat", "-c", "%a", between.folder])).trim()).toBe("700");
  });
});

/** The part of Caddy's own JSON that is looked at. */
interface Adapted {
  readonly admin: { readonly listen: string };
  readonly apps: {
    readonly http: {
      readonly servers: {
        readonly srv0: {
          readonly listen: readonly string[];
          readonly routes: readonly unknown[];
          readonly errors: unknown;
          readonly strict_sni_host: boolean;
        };
      };
    };
  };
}
