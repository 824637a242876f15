import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Session } from "@medforge/contracts/sessions";

import { type Front, openFront } from "./front.ts";
import { carryOver, type Guest, type Guests, guestsOf, hostFor, PORTAL } from "./guests.ts";
import { machineNamed } from "./named.ts";
import type { Answer } from "./raw-http.ts";
import { until } from "./until.ts";
import { type Visitor, WAYS } from "./visitor.ts";

const CUT_MS_MAX = 5_000;
const NOTICED_MS_MAX = 2_000;
const TICKET_MS = 60_000;

/** Through the real Caddy to real containers. The rules alone: core/access.test.ts and modules/gate. */
describe.skipIf(!machineNamed)("the way into a session's web pages", () => {
  let front: Front;
  let guests: Guests;
  let owner: Guest;
  let session: Session;
  let host: string;
  let late: { readonly location: string; readonly madeAt: number };
  beforeAll(async () => {
    front = await openFront({ gpus: 6, servers: 2 });
    guests = guestsOf(front);
    owner = await guests.newGuest({ sessions: 3, internal: true });
    session = await guests.withApp(owner);
    host = hostFor(session);
    late = { location: await ticketFor(host), madeAt: Date.now() };
  });
  afterAll(() => front.close());

  const codes = async (who: Visitor, at: string) => {
    const seen: number[] = [];
    for (const way of WAYS) {
      const { status, socket } = await who.ask(way, at);
      socket.destroy();
      seen.push(status);
    }
    return seen.join(" ");
  };
  async function ticketFor(at: string, guest = owner): Promise<string> {
    const path = `/api/v2/auth/session-ticket?${new URLSearchParams({ host: at, next: "/lab?a=1" })}`;
    const { status, headers } = await guest.browser.ask("navigation", PORTAL, path);
    if (status !== 302) throw new Error(`no ticket: ${status}`);
    return headers.get("location") ?? "";
  }
  function redeem(location: string, at = new URL(location).hostname): Promise<Answer> {
    const { pathname, search } = new URL(location);
    return front.stranger().ask("navigation", at, `${pathname}${search}`);
  }

  test("the whole matrix: who, at which host, in which way, gets which code", async () => {
    const stopped = await guests.withApp(owner);
    await owner.api.stopped(stopped.id);
    const hosts = {
      running: host,
      stopped: hostFor(stopped),
      unknown: hostFor({ slug: "aaaaaaaa" }),
      "wrong exposure": hostFor(session, "internal"),
    };
    const other = await guests.newGuest();
    const insider = await guests.newGuest({ internal: true });
    for (const guest of [other, insider]) carryOver(guest, hostFor(await guests.withApp(guest)), host);
    const admin = await guests.newGuest({ admin: true });
    expect((await admin.browser.open(host)).status).toBe(200);
    const people: [string, Visitor, string][] = [
      ["anonymous", front.stranger(), "302 401 401"],
      ["owner", owner.browser, "200 200 101"],
      ["other", other.browser, "403 403 403"],
      ["other with internal right", insider.browser, "403 403 403"],
      ["admin", admin.browser, "200 200 101"],
    ];
    for (const [name, who, running] of people) {
      for (const [what, at] of Object.entries(hosts)) {
        const expected = what === "running" ? running : "404 404 404";
        expect([name, what, await codes(who, at)]).toEqual([name, what, expected]);
      }
    }
    const page = await front.stranger().ask("navigation", hosts.stopped);
    expect(page.headers.get("content-type")).toStartWith("text/html");
    expect(page.body).toContain("No session is running here");
    expect(page.body).toContain(`href="https://${PORTAL}:${front.caddy.port}/"`);
    const refused = await other.browser.open(host);
    expect([refused.status, refused.body.includes("somebody else")]).toEqual([403, true]);
  }, 120_000);

  test("a person is led through the portal to where they wanted, and nothing of ours arrives in the container", async () => {
    const guest = await guests.newGuest({ admin: true });
    const seen = await guest.browser.open(host, "/lab/tree?path=a%20b");
    expect(seen.status).toBe(200);
    const asked = JSON.parse(seen.body) as { line: string; headers: string[] };
    expect(asked.line).toBe("GET /lab/tree?path=a%20b HTTP/1.1");
    expect(asked.headers.join("\n")).not.toMatch(/medforge_|x-medforge|cookie/i);
    const nowhere = await guest.browser.open(host.replace(session.slug, `${session.slug}-9999`));
    expect(nowhere.status).toBe(502);
    expect(nowhere.body).toContain("9999");
  });

  test("tickets: a second use, another host, and a login that ended are refused", async () => {
    const used = await ticketFor(host);
    const first = await redeem(used);
    expect([first.status, first.headers.get("location")]).toEqual([
      302,
      `https://${host}:${front.caddy.port}/lab?a=1`,
    ]);
    expect((await redeem(used)).status).toBe(401);
    const elsewhere = host.replace(session.slug, `${session.slug}-3000`);
    expect((await redeem(await ticketFor(host), elsewhere)).status).toBe(401);
    const leaving = await guests.newGuest({ admin: true });
    const dead = await ticketFor(host, leaving);
    await leaving.logOut();
    expect((await redeem(dead)).status).toBe(401);
  });

  test("a login from elsewhere in the cookie jar, or a thousand, end in one good login", async () => {
    const { browser } = await guests.newGuest({ admin: true });
    browser.keep(host, "__Host-medforge_app", "x".repeat(43));
    expect((await browser.open(host)).status).toBe(200);
    for (let i = 0; i < 100; i++) browser.keep(host, `bomb${i}`, "x".repeat(4_000));
    expect((await browser.ask("fetch", host)).status).toBe(200);
  });

  /** What ends a visit. It is told to the second server; Caddy asks the first. */
  const ENDINGS: readonly (readonly [string, (guest: Guest, at: Session) => Promise<unknown>])[] = [
    ["logging out", (guest) => guest.logOut()],
    ["revoking all other logins", ({ api }) => api.expect(200, "DELETE", "/auth/sessions")],
    ["losing the right", async ({ id }) => front.house.db.users.update(id, { role: "member" })],
    [
      "being disabled",
      async ({ id }) => {
        const admin = await guests.newGuest({ admin: true });
        await admin.api.expect(200, "PATCH", `/admin/users/${id}`, { disabled: true });
      },
    ],
  ];
  for (const [name, end] of ENDINGS) {
    test(`${name} ends streams and WebSockets within 5 s, and within 2 s nothing new begins`, async () => {
      const guest = await guests.newGuest({ admin: true });
      expect((await guest.browser.open(host)).status).toBe(200);
      await cutsAreOver();
      const streams = [await opened(guest.browser), await streaming(guest.browser)];
      await end(guest, session);
      const since = Date.now();
      await until("the gate to notice", NOTICED_MS_MAX, async () => {
        return (await guest.browser.ask("fetch", host)).status !== 200;
      });
      for (const { closed } of streams) await closed;
      expect(Date.now() - since).toBeLessThan(CUT_MS_MAX);
      // The owner was cut off too, and comes again.
      expect((await owner.browser.ask("fetch", host)).status).toBe(200);
    });
  }

  test("a stop ends them too, and leaves the neighbours alone", async () => {
    const stopping = await guests.withApp(owner);
    await cutsAreOver();
    const { closed } = await opened(owner.browser, hostFor(stopping));
    const neighbour = await owner.browser.ask("websocket", host);
    await owner.api.stop(stopping.id);
    const since = Date.now();
    await closed;
    expect(Date.now() - since).toBeLessThan(CUT_MS_MAX);
    const echoed = new Promise<string>((resolve) =>
      neighbour.socket.once("data", (bytes) => resolve(String(bytes))),
    );
    neighbour.socket.write("still there?");
    expect(await echoed).toBe("still there?");
    neighbour.socket.destroy();
    await owner.api.reaches(stopping.id, "STOPPED");
  });

  test("a ticket that is older than a minute is refused", async () => {
    await Bun.sleep(Math.max(0, late.madeAt + TICKET_MS - Date.now()));
    expect((await redeem(late.location)).status).toBe(401);
  }, 90_000);

  /** What ended before cuts everybody's streams a second time (`loops/streams.ts`): who began meanwhile is cut with it. */
  async function cutsAreOver(): Promise<void> {
    await until("the last cut", CUT_MS_MAX, async () => {
      const apps = await front.house.db.appLogins.doubtful(Date.now(), 0);
      return apps.every(({ endedAt }) => endedAt === null);
    });
  }

  /** A WebSocket that is open. `closed` resolves when the other side has ended it. */
  async function opened(who: Visitor, at = host): Promise<{ readonly closed: Promise<void> }> {
    const { status, socket } = await who.ask("websocket", at);
    expect(status).toBe(101);
    const closed = new Promise<void>((resolve) => {
      for (const event of ["close", "error"]) socket.on(event, () => resolve());
    });
    socket.resume();
    return { closed };
  }

  /** An answer that is still being sent. */
  async function streaming(who: Visitor): Promise<{ readonly closed: Promise<void> }> {
    const over = who.ask("fetch", host, "/stream");
    // Whole or broken off, either way it is over.
    const closed = over.then(
      () => undefined,
      () => undefined,
    );
    const early = await Promise.race([closed.then(() => true), Bun.sleep(500).then(() => false)]);
    expect(early).toBe(false);
    return { closed };
  }
});
