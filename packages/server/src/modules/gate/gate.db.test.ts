import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Way } from "@medforge/core/access";
import type { Slug } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../../testing.ts";
import { APP_COOKIE } from "./gate.ts";
import { type Browser, browser, runningSession, WAYS } from "./testing.ts";

const ALL = Object.keys(WAYS) as Way[];

describe.if(databaseNamed)("the gate", () => {
  let house: House;
  let owner: Awaited<ReturnType<House["signup"]>>;
  let session: Awaited<ReturnType<typeof runningSession>>;
  beforeAll(async () => {
    house = await testHouse({ gpus: 8 });
    owner = await house.signup({ internal: true, sessions: 4 });
    session = await runningSession(house, owner.cookie);
  });
  afterAll(() => house.close());

  /** Somebody who is logged in on that host, as far as the portal allows it. */
  async function comesTo(host: string, cookie = owner.cookie): Promise<Browser> {
    const visitor = browser(house, cookie);
    await visitor.enter(host);
    return visitor;
  }
  const statuses = async (visitor: Browser, host: string) =>
    (await Promise.all(ALL.map(async (way) => (await visitor.ask(host, way)).status))).join(" ");

  test("gives every visitor at every host the answer of the matrix, however they come", async () => {
    const stopped = await runningSession(house, owner.cookie);
    await house.request("POST", `/api/v2/external/sessions/${stopped.id}/stop`, { cookie: owner.cookie });
    const wrong = session.host.replace("external", "internal");
    const unknown = session.host.replace(session.slug, "aaaaaaaa");
    const people: Record<string, string | undefined> = { anonymous: undefined, owner: owner.cookie };
    const rights = { other: {}, "other with right": { internal: true }, admin: { admin: true } };
    for (const [name, right] of Object.entries(rights)) people[name] = (await house.signup(right)).cookie;
    const nothing = "404 404 404";
    for (const [name, cookie] of Object.entries(people)) {
      const visitor = browser(house, cookie);
      if (cookie !== undefined) {
        // Others have a login of ours too: one for a session of their own.
        const own = name.startsWith("other") ? (await runningSession(house, cookie)).host : session.host;
        expect((await visitor.enter(own)).status).toBe(302);
        visitor.apps.set(session.host, visitor.apps.get(own) ?? "");
      }
      const app = visitor.apps.get(session.host);
      for (const host of [stopped.host, unknown, wrong]) if (app !== undefined) visitor.apps.set(host, app);
      const running = { anonymous: "302 401 401", owner: "200 200 200", admin: "200 200 200" }[name];
      expect([name, await statuses(visitor, session.host)]).toEqual([name, running ?? "403 403 403"]);
      for (const host of [stopped.host, unknown, wrong])
        expect([name, host, await statuses(visitor, host)]).toEqual([name, host, nothing]);
      for (const host of ["", "external.medforge.localhost", "evil.example"])
        expect([name, host, await statuses(visitor, host)]).toEqual([name, host, nothing]);
    }
  });

  test("says where the container is and who comes, for every port with a login of its own", async () => {
    const visitor = await comesTo(session.host);
    const passed = await visitor.ask(session.host, "fetch");
    expect(passed.headers.get("x-medforge-upstream")).toBe(`${session.address}:8080`);
    expect(passed.headers.get("x-medforge-user")).toBe(owner.id);
    const port = session.hostOf(8888);
    visitor.apps.set(port, visitor.apps.get(session.host) ?? "");
    expect(await statuses(visitor, port)).toBe("302 401 401");
    await visitor.enter(port);
    expect((await visitor.ask(port, "fetch")).headers.get("x-medforge-upstream")).toBe(
      `${session.address}:8888`,
    );
    for (const other of [session.hostOf(22), session.hostOf(1023), session.hostOf(65536)])
      expect(await statuses(visitor, other)).toBe("404 404 404");
  });

  test("sends a person to the portal of that surface, with the way back", async () => {
    const { headers } = await browser(house, undefined).ask(session.host, "navigation", {
      "x-forwarded-uri": "/lab/tree?a=1&b=2",
    });
    const location = new URL(headers.get("location") ?? "");
    expect(location.origin).toBe("https://external.medforge.localhost");
    expect(location.pathname).toBe("/api/v2/auth/session-ticket");
    expect(Object.fromEntries(location.searchParams)).toEqual({
      host: session.host,
      next: "/lab/tree?a=1&b=2",
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const evil = await browser(house, undefined).ask(session.host, "navigation", {
      "x-forwarded-uri": "//evil.example/",
    });
    expect(new URL(evil.headers.get("location") ?? "").searchParams.get("next")).toBe("/");
  });

  test("tells people on a page and programs in a problem, and neither holds what a visitor wrote as HTML", async () => {
    const host = session.host.replace(session.slug, "aaaaaaaa");
    const stranger = browser(house, undefined);
    const uri = "/<script>alert(1)</script>";
    const page = await stranger.ask(host, "navigation", {
      "x-forwarded-uri": uri,
      "x-request-id": "<b>bold</b>",
    });
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(page.text).toContain("No session is running here");
    expect(page.text).toContain('<a href="https://external.medforge.localhost/">');
    expect(page.text).not.toContain("script");
    expect(page.text).not.toContain("<b>");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    const problem = await stranger.ask(host, "fetch", { "x-forwarded-uri": uri });
    expect(problem.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.body).toMatchObject({ status: 404, code: "not_found" });
  });

  test("lets nobody act from another site, though a browser sends its cookies with that, too", async () => {
    const visitor = await comesTo(session.host);
    const { host } = await runningSession(house, (await house.signup()).cookie);
    const own = `https://${session.host}`;
    const table: [Way, Record<string, string>, number][] = [
      ["websocket", { origin: own, "sec-fetch-site": "same-origin" }, 200],
      ["websocket", { origin: `https://${session.hostOf(3000)}`, "sec-fetch-site": "same-site" }, 200],
      ["websocket", { origin: `https://${host}`, "sec-fetch-site": "same-site" }, 403],
      ["websocket", { origin: "https://evil.example" }, 403],
      ["websocket", { origin: "null" }, 403],
      ["websocket", { origin: own.replace("https", "http") }, 403],
      ["fetch", { "sec-fetch-site": "same-site" }, 403],
      ["fetch", { "sec-fetch-site": "cross-site" }, 403],
      ["fetch", { "sec-fetch-site": "same-origin" }, 200],
      ["fetch", { "sec-fetch-site": "none" }, 200],
      ["fetch", { origin: own, "x-forwarded-method": "POST" }, 200],
      ["fetch", { origin: `https://${host}`, "x-forwarded-method": "POST" }, 403],
      ["navigation", { "sec-fetch-site": "cross-site" }, 200],
      ["navigation", { "sec-fetch-site": "same-site", "sec-fetch-dest": "iframe" }, 403],
      ["navigation", { "sec-fetch-site": "same-site", "x-forwarded-method": "POST" }, 403],
      ["navigation", { origin: `https://${host}`, "x-forwarded-method": "POST" }, 403],
    ];
    for (const [way, headers, status] of table) {
      const answered = await visitor.ask(session.host, way, headers);
      expect([way, headers, answered.status]).toEqual([way, headers, status]);
    }
  });

  test("finds the good login among others of the same name, and is not led in circles by bad ones", async () => {
    const good = `${APP_COOKIE}=${(await comesTo(session.host)).apps.get(session.host)}`;
    const visitor = browser(house, undefined);
    const bad = `${APP_COOKIE}=${"x".repeat(43)}`;
    const huge = `${APP_COOKIE}=${"x".repeat(8_000)}`;
    for (const cookie of [`${bad}; ${good}`, `${good}; ${bad}`, `${huge}; a=1; ${good}`, `;;; ;${good};`]) {
      const { status } = await visitor.ask(session.host, "fetch", { cookie });
      expect([cookie.slice(0, 60), status]).toEqual([cookie.slice(0, 60), 200]);
    }
    for (const cookie of [bad, huge, `${bad}; ${huge}`, `${APP_COOKIE}=`, APP_COOKIE]) {
      expect((await visitor.ask(session.host, "navigation", { cookie })).status).toBe(302);
    }
  });

  test("counts work in a session as use of the login, so that it does not end meanwhile", async () => {
    const { cookie } = await house.signup({ admin: true });
    const visitor = await comesTo(session.host, cookie);
    for (let hours = 0; hours < 24; hours += 8) {
      house.clock.advance(8 * 3_600_000);
      expect((await visitor.ask(session.host, "fetch")).status).toBe(200);
      await Bun.sleep(20);
    }
    house.clock.advance(12 * 3_600_000);
    expect((await visitor.ask(session.host, "fetch")).status).toBe(401);
  });

  test("finds a container that has another address since its engine was restarted", async () => {
    const { cookie } = await house.signup();
    const moved = await runningSession(house, cookie);
    const visitor = await comesTo(moved.host, cookie);
    const container = house.engine.containers.get(moved.slug as Slug);
    if (container?.state.is !== "running") throw new Error("no container");
    container.state = { ...container.state, address: "172.30.9.9" };
    await house.reconciler.pass();
    await house.reconciler.idle();
    const { headers } = await visitor.ask(moved.host, "fetch");
    expect(headers.get("x-medforge-upstream")).toBe("172.30.9.9:8080");
  });
});
