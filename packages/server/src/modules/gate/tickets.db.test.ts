import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../../testing.ts";
import { browser, runningSession, WAYS } from "./testing.ts";

describe.if(databaseNamed)("tickets", () => {
  let house: House;
  let owner: Awaited<ReturnType<House["signup"]>>;
  let session: Awaited<ReturnType<typeof runningSession>>;
  let other: Awaited<ReturnType<typeof runningSession>>;
  beforeAll(async () => {
    house = await testHouse({ gpus: 8 });
    owner = await house.signup({ sessions: 4 });
    session = await runningSession(house, owner.cookie);
    other = await runningSession(house, owner.cookie);
  });
  afterAll(() => house.close());

  const ticketFor = async (host: string, cookie = owner.cookie) => {
    const { headers, status, text } = await browser(house, cookie).ticket(host);
    if (status !== 302) throw new Error(text);
    return headers.get("location") ?? "";
  };
  const redeem = (location: string) => browser(house, undefined).redeem(location);

  test("take a person from the portal to where they wanted, with a cookie for that host alone", async () => {
    const visitor = browser(house, owner.cookie);
    const ticket = await visitor.ticket(session.host, "/lab/tree?a=1&b=%20");
    const location = new URL(ticket.headers.get("location") ?? "");
    expect([ticket.status, location.host, location.pathname]).toEqual([
      302,
      session.host,
      "/.medforge/ticket",
    ]);
    const redeemed = await visitor.redeem(location.href);
    expect([redeemed.status, redeemed.headers.get("location")]).toEqual([
      302,
      `https://${session.host}/lab/tree?a=1&b=%20`,
    ]);
    expect(redeemed.headers.get("set-cookie")).toMatch(
      /^__Host-medforge_app=[A-Za-z0-9_-]{43}; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=604800$/,
    );
    for (const { headers } of [ticket, redeemed]) {
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
    }
    expect((await visitor.ask(session.host, "fetch")).status).toBe(200);
    for (const secret of [location.searchParams.get("ticket") ?? "?", visitor.apps.get(session.host) ?? "?"])
      expect(house.lines.join("")).not.toContain(secret);
  });

  test("are remembered in the audit log: who entered which session, from where", async () => {
    house.clock.advance(1_000);
    await redeem(await ticketFor(session.hostOf(8888)));
    const { cookie } = await house.signup({ admin: true });
    const { body } = await house.request("GET", "/api/v2/admin/audit?limit=10", { cookie });
    const entries = body.data as { action: string }[];
    expect(entries.find(({ action }) => action === "auth.session.enter")).toMatchObject({
      actor_id: owner.id,
      target: session.slug,
      address: expect.stringMatching(/^10\./),
      detail: { port: 8888 },
    });
  });

  test("work once, for a minute, on their own host, as long as the login lasts", async () => {
    const used = await ticketFor(session.host);
    expect((await redeem(used)).status).toBe(302);
    const late = await ticketFor(session.host);
    const elsewhere = (await ticketFor(session.host)).replace(session.host, other.host);
    const otherPort = (await ticketFor(session.host)).replace(session.host, session.hostOf(8888));
    const madeUp = used.replace(/ticket=[^&]+/, `ticket=${"x".repeat(43)}`);
    const empty = used.replace(/ticket=[^&]+/, "ticket=");
    for (const location of [used, elsewhere, otherPort, madeUp, empty]) {
      const refused = await redeem(location);
      expect([location, refused.status, refused.headers.get("set-cookie")]).toEqual([location, 401, null]);
      expect(refused.text).toContain(`href="https://${new URL(location).host}/"`);
    }
    // Shown at a wrong host it is used up, too.
    expect((await redeem(elsewhere.replace(other.host, session.host))).status).toBe(401);
    house.clock.advance(60_000);
    expect((await redeem(late)).status).toBe(401);
    house.clock.advance(-1);
    const inTime = await ticketFor(session.host);
    house.clock.advance(59_999);
    expect((await redeem(inTime)).status).toBe(302);
  });

  test("die with what they were given for", async () => {
    const endings: ((person: Awaited<ReturnType<House["signup"]>>, id: string) => Promise<unknown>)[] = [
      ({ cookie }) => house.request("POST", "/api/v2/auth/logout", { cookie }),
      ({ id }) => house.db.users.update(id, { disabledAt: house.clock.now() }),
      ({ cookie }, id) => house.request("POST", `/api/v2/external/sessions/${id}/stop`, { cookie }),
    ];
    for (const end of endings) {
      const person = await house.signup();
      const { id, host } = await runningSession(house, person.cookie);
      const ticket = await ticketFor(host, person.cookie);
      await end(person, id);
      expect((await redeem(ticket)).status).toBeOneOf([401, 404]);
    }
    const admin = await house.signup({ admin: true });
    const ticket = await ticketFor(session.host, admin.cookie);
    await house.db.users.update(admin.id, { role: "member" });
    expect((await redeem(ticket)).status).toBe(403);
  });

  test("shown twenty times at once let one in", async () => {
    const location = await ticketFor(session.host);
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(location)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, ...Array<number>(19).fill(401)]);
  });

  test("are for those who may enter; strangers log in first and come back", async () => {
    const stranger = await browser(house, undefined).ticket(session.host, "/lab");
    const login = new URL(stranger.headers.get("location") ?? "", "https://external.medforge.localhost");
    expect([stranger.status, login.pathname]).toEqual([302, "/login/"]);
    const back = new URL(login.searchParams.get("next") ?? "", login);
    expect([back.origin, back.pathname]).toEqual([login.origin, "/api/v2/auth/session-ticket"]);
    expect(Object.fromEntries(back.searchParams)).toEqual({ host: session.host, next: "/lab" });
    const program = await house.request("GET", `/api/v2/auth/session-ticket?host=${session.host}`);
    expect(program.body).toMatchObject({ status: 401, code: "not_authenticated" });

    const someone = await house.signup();
    const page = await browser(house, someone.cookie).ticket(session.host);
    expect(page.status).toBe(403);
    expect(page.text).toContain("somebody else");
    for (const host of [
      "",
      "evil.example",
      "external.medforge.localhost",
      session.hostOf(22),
      `${session.host}.`,
    ])
      expect((await browser(house, owner.cookie).ticket(host)).status).toBe(404);
  });

  test("lead to a path of that host and nowhere else, where they are made and where they are used", async () => {
    for (const next of [
      "//evil",
      "/\\evil",
      "https://evil",
      "https:evil",
      "/%2fevil",
      "//a:b@evil",
      "/\r\nx",
      "x",
    ]) {
      expect((await browser(house, owner.cookie).ticket(session.host, next)).status).toBe(422);
      const location = `${(await ticketFor(session.host)).split("&next")[0]}&next=${encodeURIComponent(next)}`;
      const refused = await redeem(location);
      expect([next, refused.status, refused.headers.get("location")]).toEqual([next, 422, null]);
    }
  });

  test("are not made or used for a page of another site, only for a person who follows a link", async () => {
    const url = `/api/v2/auth/session-ticket?host=${session.host}`;
    const status = async (headers: Record<string, string>) =>
      (await house.request("GET", url, { cookie: owner.cookie, headers })).status;
    expect(await status({ ...WAYS.navigation, "sec-fetch-site": "cross-site" })).toBe(302);
    expect(await status({ ...WAYS.fetch, "sec-fetch-site": "same-site" })).toBe(403);
    expect(
      await status({ ...WAYS.navigation, "sec-fetch-dest": "iframe", "sec-fetch-site": "same-site" }),
    ).toBe(403);
  });

  test("end a browser that keeps no cookies with a page, not in a circle", async () => {
    const { cookie } = await house.signup({ admin: true });
    const visitor = browser(house, cookie);
    const statuses: number[] = [];
    for (let i = 0; i < 31; i++) statuses.push((await visitor.enter(session.host)).status);
    expect(new Set(statuses.slice(0, 30))).toEqual(new Set([302]));
    expect(statuses[30]).toBe(429);
  });
});
