import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import {
  APP,
  answered,
  type Between,
  CONTAINER,
  cookiesOf,
  headerOf,
  LOGIN,
  openBetween,
  PORTAL,
  SESSION,
  wire,
} from "./caddy-between.ts";
import { FORGED } from "./forged.ts";
import { inLab } from "./named.ts";

/** What of a request reaches the gate, a container and the API, and what of an answer comes back. */
describe.skipIf(!inLab)("headers and cookies through Caddy", () => {
  let between: Between;
  beforeAll(async () => {
    between = await openBetween();
  });
  afterAll(() => between.close());
  beforeEach(() => between.reset());

  test("forged headers reach neither the gate nor a container nor the API, in any spelling", async () => {
    const forged = FORGED.flatMap((name) => [`${name}: forged-${CONTAINER}:1`]);
    expect((await between.ask(SESSION, "/", [...forged, `Cookie: ${APP}`])).body).toBe("from the container");
    expect((await between.ask(PORTAL, "/api/v2/me", forged)).body).toBe("from the API");
    expect(between.api.heard.length).toBe(2);
    for (const heard of [...between.api.heard, ...between.container.heard])
      expect(wire(heard)).not.toContain("forged-");
  });

  test("forged trailers and hop-by-hop names change nothing", async () => {
    const lines = [
      "Transfer-Encoding: chunked",
      "Trailer: X-MedForge-Upstream, X-Forwarded-Host",
      "Connection: close, X-Forwarded-Host, X-MedForge-Upstream",
    ];
    const body = "5\r\nhello\r\n0\r\nX-MedForge-Upstream: forged-1\r\nX-Forwarded-Host: forged-2\r\n\r\n";
    expect((await between.ask(SESSION, "/", lines, body)).body).toBe("from the container");
    expect(headerOf(between.api.heard[0], "x-forwarded-host")).toBe(`${SESSION}:${between.caddy.port}`);
    for (const heard of [...between.api.heard, ...between.container.heard])
      expect(wire(heard)).not.toContain("forged-");
    expect(wire(between.container.heard[0])).toContain("hello");
  });

  test("the gate is asked with these headers and no others, without a body and without the query", async () => {
    const lines = [
      `Cookie: theme=dark; ${APP}; ${LOGIN}`,
      "Accept: text/html",
      "Sec-Fetch-Mode: navigate",
      "Sec-Fetch-Dest: document",
      "Authorization: token of the app's own",
      "Content-Length: 5",
      "Content-Type: text/plain",
      "If-None-Match: x",
      "Range: bytes=0-1",
      "Referer: https://elsewhere/",
    ];
    await between.ask(SESSION, "/lab/tree?next=1", lines, "hello");
    const [asked] = between.api.heard;
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
    expect(headerOf(asked, "x-forwarded-method")).toBe("POST");
    expect(headerOf(asked, "x-forwarded-proto")).toBe("https");
    expect(headerOf(asked, "x-forwarded-host")).toBe(`${SESSION}:${between.caddy.port}`);
    expect(headerOf(asked, "x-forwarded-uri")).toBe("/lab/tree?next=1");
    expect(headerOf(asked, "x-forwarded-for")).toBe("127.0.0.1");
    expect(headerOf(asked, "accept")).toBe("text/html");
    expect(cookiesOf(asked)).toEqual([APP, LOGIN]);
    expect(between.container.heard[0]?.body).toBe("hello");
    expect(headerOf(between.container.heard[0], "authorization")).toBe("token of the app's own");
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
      await between.ask(SESSION, "/", [`Cookie: ${sent}`]);
      expect([sent, headerOf(between.container.heard.at(-1), "cookie")]).toEqual([sent, arrives]);
    }
  });

  test("700 kB of cookies for the parent domain do not lock a visitor out of the portal", async () => {
    const bomb = Array.from({ length: 175 }, (_, i) => `bomb${i}=${"x".repeat(4_000)}`).join("; ");
    const answer = await between.ask(PORTAL, "/api/v2/me", [
      `Cookie: ${bomb}; ${LOGIN}; ${LOGIN}2; ${bomb}`.slice(0, 900_000),
    ]);
    expect(answer.body).toBe("from the API");
    expect(cookiesOf(between.api.heard[0])).toEqual([LOGIN, `${LOGIN}2`]);
    expect(wire(between.api.heard[0]).length).toBeLessThan(2_000);
  });

  test("what a container sets is for its own host, and never one of our cookies", async () => {
    between.show(
      answered(
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
      ),
    );
    const { headers } = await between.ask(SESSION, "/");
    expect(headers.getSetCookie().filter((cookie) => cookie !== "")).toEqual(["a=1; Path=/"]);
    expect(headers.get("clear-site-data")).toBeNull();
    expect(headers.get("alt-svc") ?? "").not.toContain("evil");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
    expect(headers.get("server")).toBeNull();
  });

  test("a WebSocket is asked about like everything else, without its Upgrade, and then goes through", async () => {
    const upgrade = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Cookie: ${APP}`,
    ];
    const { status, socket } = await between.ask(SESSION, "/socket", upgrade);
    expect(status).toBe(101);
    const names = (between.api.heard[0]?.headers ?? []).map(([name]) => name.toLowerCase());
    expect(names).not.toContain("upgrade");
    expect(names).not.toContain("connection");
    expect(headerOf(between.container.heard[0], "upgrade")).toBe("websocket");
    expect(headerOf(between.container.heard[0], "cookie")).toBeUndefined();
    const echoed = new Promise<string>((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
    socket.write("frame");
    expect(await echoed).toBe("frame");
    socket.destroy();
  });

  test("a ticket goes to the API with the session's host, and to no container", async () => {
    const answer = await between.ask(SESSION, "/.medforge/ticket?ticket=abc&next=%2Flab", [
      `Cookie: a=1; ${APP}`,
      "X-Forwarded-Host: evil",
    ]);
    expect(answer.body).toBe("from the API");
    expect(between.api.heard.map(({ line }) => line)).toEqual([
      "GET /api/v2/auth/session-ticket/redeem?ticket=abc&next=%2Flab HTTP/1.1",
    ]);
    expect(headerOf(between.api.heard[0], "x-forwarded-host")).toBe(`${SESSION}:${between.caddy.port}`);
    expect(cookiesOf(between.api.heard[0])).toEqual([APP]);
    expect(between.container.heard).toEqual([]);
  });
});
