import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Caddy, hostOf, startCaddy } from "./caddy.ts";
import { must } from "./house.ts";
import { inLab } from "./named.ts";
import { type Answer, type Heard, type RawServer, rawRequest, rawServer } from "./raw-http.ts";

/**
 * The routes of deploy/caddy on the real Caddy, between an API and a container that only write down what they get: what
 * reaches them is the whole question here. The real gate behind the same routes: gate.e2e.test.ts.
 */

/** Of the sessions' network, and of no session. */
const CONTAINER = "172.30.255.250";
const SESSION = hostOf("s-abcdefgh", "external");
const PORTAL = hostOf("external");
const LOGIN = "__Host-medforge_session=the-login";
const APP = "__Host-medforge_app=the-ticket";

describe.skipIf(!inLab)("Caddy between strangers, the API and a container", () => {
  const folder = mkdtempSync(join(tmpdir(), "medforge-caddy-"));
  let caddy: Caddy;
  let api: RawServer;
  let container: RawServer;
  let ca = "";
  /** Header lines with which the gate answers now. */
  let verdict = "";
  let page = "";

  beforeAll(async () => {
    await must(["ip", "address", "add", `${CONTAINER}/32`, "dev", "lo"]);
    api = await rawServer("127.0.0.1", 0, ({ line }) =>
      line.startsWith("GET /api/v2/auth/session-proxy ") ? verdict : answered("200 OK", [], "from the API"),
    );
    container = await rawServer(CONTAINER, 0, ({ headers }) =>
      headers.some(([name]) => name.toLowerCase() === "upgrade")
        ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        : page,
    );
    caddy = await startCaddy(folder, `127.0.0.1:${api.port}`);
    ca = await caddy.ca();
  });
  afterAll(async () => {
    await caddy?.stop();
    await Promise.all([api?.close(), container?.close()]);
    await must(["ip", "address", "del", `${CONTAINER}/32`, "dev", "lo"]);
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    api.heard.length = 0;
    container.heard.length = 0;
    verdict = passed(container.port);
    page = answered("200 OK", [], "from the container");
  });

  const passed = (port: number) =>
    answered("200 OK", [`X-MedForge-Upstream: ${CONTAINER}:${port}`, "X-MedForge-User: ada"], "");

  const ask = (host: string, path: string, lines: readonly string[] = [], body?: string): Promise<Answer> =>
    rawRequest({
      port: caddy.port,
      ca,
      sni: host,
      lines: [
        body === undefined ? `GET ${path} HTTP/1.1` : `POST ${path} HTTP/1.1`,
        `Host: ${host}:${caddy.port}`,
        ...(lines.some((line) => /^connection:/i.test(line)) ? [] : ["Connection: close"]),
        ...lines,
      ],
      ...(body === undefined ? {} : { body }),
    });

  test("forged headers reach neither the gate nor a container nor the API, in any spelling", async () => {
    const forged = FORGED.flatMap((name) => [`${name}: forged-${CONTAINER}:1`]);
    expect((await ask(SESSION, "/", [...forged, `Cookie: ${APP}`])).body).toBe("from the container");
    expect((await ask(PORTAL, "/api/v2/me", forged)).body).toBe("from the API");
    expect(api.heard.length).toBe(2);
    for (const heard of [...api.heard, ...container.heard]) expect(wire(heard)).not.toContain("forged-");
  });

  test("forged trailers and hop-by-hop names change nothing", async () => {
    const lines = [
      "Transfer-Encoding: chunked",
      "Trailer: X-MedForge-Upstream, X-Forwarded-Host",
      "Connection: close, X-Forwarded-Host, X-MedForge-Upstream",
    ];
    const body = "5\r\nhello\r\n0\r\nX-MedForge-Upstream: forged-1\r\nX-Forwarded-Host: forged-2\r\n\r\n";
    expect((await ask(SESSION, "/", lines, body)).body).toBe("from the container");
    expect(value(api.heard[0], "x-forwarded-host")).toBe(`${SESSION}:${caddy.port}`);
    for (const heard of [...api.heard, ...container.heard]) expect(wire(heard)).not.toContain("forged-");
    expect(wire(container.heard[0])).toContain("hello");
  });

  test("the gate is asked with these headers and no others, without a body and without the query", async () => {
    const lines = [
      `Cookie: theme=dark; ${APP}; ${LOGIN}`,
      "Accept: text/html",
      "Sec-Fetch-Mode: navigate",
      "Sec-Fetch-Dest: document",
      "Authorization: token of the app's own",
      "Content-Length: 5",
      "Expect: nothing",
    ].filter((line) => !line.startsWith("Expect"));
    await ask(SESSION, "/lab/tree?next=1", lines, "hello");
    const [asked] = api.heard;
    expect(asked?.line).toBe("GET /api/v2/auth/session-proxy HTTP/1.1");
    expect(asked?.body).toBe("");
    const names = (asked?.headers ?? []).map(([name]) => name.toLowerCase()).sort();
    expect(names).toEqual([
      "accept",
      "accept-encoding",
      "cookie",
      "host",
      "sec-fetch-dest",
      "sec-fetch-mode",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-method",
      "x-forwarded-proto",
      "x-forwarded-uri",
      "x-request-id",
    ]);
    expect(value(asked, "x-forwarded-method")).toBe("POST");
    expect(value(asked, "x-forwarded-proto")).toBe("https");
    expect(value(asked, "x-forwarded-host")).toBe(`${SESSION}:${caddy.port}`);
    expect(value(asked, "x-forwarded-uri")).toBe("/lab/tree?next=1");
    expect(value(asked, "x-forwarded-for")).toBe("127.0.0.1");
    expect(value(asked, "accept")).toBe("text/html");
    expect(cookies(asked)).toEqual([APP, LOGIN]);
    expect(container.heard[0]?.body).toBe("hello");
    expect(value(container.heard[0], "authorization")).toBe("token of the app's own");
  });

  test("a container gets its own cookies and never one of ours, wherever and however often they stand", async () => {
    const table: [string, string | undefined][] = [
      ["a=1", "a=1"],
      ["", undefined],
      [APP, undefined],
      [`${APP}; ${LOGIN}`, undefined],
      [`${APP}; a=1`, "a=1"],
      [`a=1; ${APP}`, "a=1"],
      [`a=1; ${APP}; b=2`, "a=1; b=2"],
      [`a=1;${APP};b=2`, "a=1;b=2"],
      [`${APP}; a=1; ${APP}; ${LOGIN}; b=2; ${APP}`, "a=1; b=2"],
      [`a=1;  ${LOGIN} ;\t${APP}; b=2`, "a=1; b=2"],
      ["a=1; __host-MedForge_app=x; b=2", "a=1; b=2"],
      ["a=1; __Host-medforge_other=x; b=2", "a=1; b=2"],
      ["a=1; __Host-medforge_app; b=2", "a=1; b=2"],
      ["a=1; x__Host-medforge_app=x; b=2", "a=1; x__Host-medforge_app=x; b=2"],
    ];
    for (const [sent, arrives] of table) {
      await ask(SESSION, "/", [`Cookie: ${sent}`]);
      expect([sent, value(container.heard.at(-1), "cookie")]).toEqual([sent, arrives]);
    }
  });

  test("700 kB of cookies for the parent domain do not lock a visitor out of the portal", async () => {
    const bomb = Array.from({ length: 175 }, (_, i) => `bomb${i}=${"x".repeat(4_000)}`).join("; ");
    const answer = await ask(PORTAL, "/api/v2/me", [`Cookie: ${bomb}; ${LOGIN}; ${LOGIN}2; ${bomb}`.slice(0, 900_000)]);
    expect(answer.body).toBe("from the API");
    expect(cookies(api.heard[0])).toEqual([LOGIN, `${LOGIN}2`]);
    expect(wire(api.heard[0]).length).toBeLessThan(2_000);
  });

  test("what a container sets is for its own host, and never one of our cookies", async () => {
    page = answered(
      "200 OK",
      [
        "Set-Cookie: __Host-medforge_app=evil; Secure; Path=/",
        "Set-Cookie: __host-medforge_session=evil; Secure; Path=/",
        "Set-Cookie: a=1; Domain=medforge.localhost; Path=/",
        'Clear-Site-Data: "cookies"',
        'Alt-Svc: h2="evil:443"',
        "Strict-Transport-Security: max-age=0",
        "Server: evil",
      ],
      "hello",
    );
    const { headers } = await ask(SESSION, "/");
    expect(headers.getSetCookie().filter((cookie) => cookie !== "")).toEqual(["a=1; Path=/"]);
    expect(headers.get("clear-site-data")).toBeNull();
    expect(headers.get("alt-svc") ?? "").not.toContain("evil");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
    expect(headers.get("server")).toBeNull();
  });

  test("an answer of the gate that does not let in goes to the visitor unchanged", async () => {
    verdict = answered("302 Found", ["Location: https://portal/ticket", "X-MedForge-Upstream: 1.2.3.4:5"], "");
    const redirected = await ask(SESSION, "/");
    expect([redirected.status, redirected.headers.get("location")]).toEqual([302, "https://portal/ticket"]);
    for (const status of [401, 403, 404, 500]) {
      verdict = answered(`${status} No`, ["Content-Type: text/plain"], "because");
      const refused = await ask(SESSION, "/", ["Connection: Upgrade", "Upgrade: websocket"]);
      expect([refused.status, refused.body]).toEqual([status, "because"]);
    }
    expect(container.heard).toEqual([]);
  });

  test("without an address, or with one that is no session's, it is 502 and nobody is asked", async () => {
    const address = [
      [],
      ["X-MedForge-Upstream:"],
      ["X-MedForge-Upstream: 127.0.0.1:22"],
      [`X-MedForge-Upstream: 172.30.0.1:80@127.0.0.1:${api.port}`],
      ["X-MedForge-Upstream: [::1]:22"],
      ["X-MedForge-Upstream: 172.30.0.1"],
      ["X-MedForge-User: ada"],
    ];
    for (const lines of address) {
      verdict = answered("200 OK", lines, "");
      const answer = await ask(SESSION, "/", [`X-MedForge-Upstream: ${CONTAINER}:${container.port}`]);
      expect([lines, answer.status, answer.headers.get("content-type")]).toEqual([
        lines,
        502,
        "application/problem+json",
      ]);
      expect(JSON.parse(answer.body)).toMatchObject({ status: 502, code: "runtime_unavailable" });
    }
    expect(container.heard).toEqual([]);
    expect(api.heard.length).toBe(address.length);
  });

  test("a port that nobody listens on is a page that names it, and a problem for programs", async () => {
    verdict = answered("200 OK", [`X-MedForge-Upstream: ${CONTAINER}:4321`], "");
    const seen = await ask(SESSION, "/", ["Accept: text/html,*/*"]);
    expect(seen.status).toBe(502);
    expect(seen.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(seen.body).toContain("Nothing answers on port 4321 of this session");
    expect(seen.body).toContain("0.0.0.0:4321");
    expect(seen.body).toContain(`https://${PORTAL}:${caddy.port}/`);
    const read = await ask(SESSION, "/", ["Accept: */*"], "");
    expect(JSON.parse(read.body)).toMatchObject({ status: 502, code: "port_silent" });
    expect(read.headers.get("x-request-id")).toBe(JSON.parse(read.body).request_id);
  });

  test("a WebSocket is asked about like everything else, without its Upgrade, and then goes through", async () => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", `Cookie: ${APP}`];
    const { status, socket } = await ask(SESSION, "/socket", upgrade);
    expect(status).toBe(101);
    const names = (api.heard[0]?.headers ?? []).map(([name]) => name.toLowerCase());
    expect(names).not.toContain("upgrade");
    expect(names).not.toContain("connection");
    expect(value(container.heard[0], "upgrade")).toBe("websocket");
    expect(value(container.heard[0], "cookie")).toBeUndefined();
    const echoed = new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
    socket.write("frame");
    expect(await echoed).toBe("frame");
    socket.destroy();
  });

  test("a ticket goes to the API with the session's host, and to no container", async () => {
    const answer = await ask(SESSION, "/.medforge/ticket?ticket=abc&next=%2Flab", [
      `Cookie: a=1; ${APP}`,
      "X-Forwarded-Host: evil",
    ]);
    expect(answer.body).toBe("from the API");
    expect(api.heard.map(({ line }) => line)).toEqual([
      "GET /api/v2/auth/session-ticket/redeem?ticket=abc&next=%2Flab HTTP/1.1",
    ]);
    expect(value(api.heard[0], "x-forwarded-host")).toBe(`${SESSION}:${caddy.port}`);
    expect(cookies(api.heard[0])).toEqual([APP]);
    expect(container.heard).toEqual([]);
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
        const answer = await ask(host, path, [`Cookie: ${APP}`]);
        expect([host, path, answer.status]).toEqual([host, path, 403]);
      }
    }
    expect(api.heard).toEqual([]);
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
      const answer = await rawRequest({ port: caddy.port, ca, sni, lines });
      expect([sni, host, answer.status]).toEqual([sni, host, 421]);
    }
    expect([...api.heard, ...container.heard]).toEqual([]);
  });

  test("redirects to the external portal, and the API's own host takes no cookies", async () => {
    const moved = await ask(hostOf(), "/x?y=1");
    expect([moved.status, moved.headers.get("location")]).toEqual([301, `https://${PORTAL}:${caddy.port}/x?y=1`]);
    await ask(hostOf("api"), "/api/v2/me", [`Cookie: ${LOGIN}`, "Authorization: Bearer token"]);
    expect(value(api.heard[0], "cookie")).toBeUndefined();
    expect(value(api.heard[0], "authorization")).toBe("Bearer token");
    expect((await ask(hostOf("api"), "/")).status).toBe(404);
  });

  test("Caddy listens on one address, and its admin endpoint is a socket that only its user may enter", async () => {
    const listening = await must(["ss", "-Hltnp"]);
    const ours = listening.split("\n").filter((line) => line.includes('"caddy"'));
    expect(ours.map((line) => line.split(/\s+/)[3])).toEqual([`127.0.0.1:${caddy.port}`]);
    expect(await must(["ss", "-Hlx"])).toContain(` ${caddy.adminSocket} `);
    expect((await must(["stat", "-c", "%a", folder])).trim()).toBe("700");
  });
});

/** Every spelling that some server would take for one of the names that we or a container's app may trust. */
const FORGED = [
  "X-MedForge-Upstream",
  "x-medforge-upstream",
  "X-MEDFORGE-USER",
  "x_medforge_upstream",
  "X_MedForge_User",
  "X-MedForge_User",
  "x_medforge-upstream",
  "X.MedForge.User",
  "MedForge-User",
  "X-Upstream",
  "x_upstream",
  "X-Forwarded-Host",
  "x_forwarded_host",
  "X-Forwarded_For",
  "X-Forwarded-User",
  "X-Forwarded-Uri",
  "X-Forwarded-Method",
  "Forwarded",
  "X-Real-IP",
  "Remote-User",
  "remote_user",
  "REMOTE-GROUPS",
];

function answered(status: string, lines: readonly string[], body: string): string {
  const length = `Content-Length: ${body.length}`;
  return [`HTTP/1.1 ${status}`, length, "Connection: close", ...lines, "", body].join("\r\n");
}

function value(heard: Heard | undefined, name: string): string | undefined {
  return heard?.headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

function cookies(heard: Heard | undefined): string[] {
  const all = (value(heard, "cookie") ?? "").split(";").map((pair) => pair.trim());
  return all.filter((pair) => pair !== "");
}

/** All of it, as it came. */
function wire(heard: Heard | undefined): string {
  return JSON.stringify(heard ?? "nothing");
}
