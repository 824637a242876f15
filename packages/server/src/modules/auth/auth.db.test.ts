import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";

import { type House, PASSWORD, testHouse } from "../../testing.ts";

const HOUR_MS = 3_600_000;
const FROM = { "x-forwarded-for": "203.0.113.9" };

describe.if(databaseNamed)("logging in", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  const login = (email: string, password = PASSWORD, headers: Record<string, string> = {}) =>
    house.request("POST", "/api/v2/auth/login", { body: { email, password }, headers });
  const me = async (cookie: string) => (await house.request("GET", "/api/v2/me", { cookie })).status;
  const cookieOf = (headers: Headers) => headers.get("set-cookie")?.split(";")[0] ?? "";

  test("sets a cookie that stays on this host, out of scripts and off plain connections", async () => {
    const { email } = await house.signup();
    const { status, headers } = await login(email.toUpperCase());
    expect(status).toBe(200);
    expect(headers.get("set-cookie")).toMatch(
      /^__Host-medforge_session=[A-Za-z0-9_-]{43}; HttpOnly; Secure; SameSite=Lax; Path=\/; Max-Age=604800$/,
    );
    expect(await me(cookieOf(headers))).toBe(200);
    expect(await me(`other=1; ${cookieOf(headers)}; more=2`)).toBe(200);
    const token = cookieOf(headers).split("=")[1] ?? "?";
    expect(house.lines.join("")).not.toContain(token);
    expect(house.lines.join("")).not.toContain(PASSWORD);
  });

  test("answers an unknown address as it answers a wrong password", async () => {
    const { email } = await house.signup();
    const wrong = await login(email, "not the password");
    const unknown = await login("nobody@example.org", "not the password");
    expect(wrong.status).toBe(401);
    const { request_id: _, ...rest } = wrong.body;
    expect(unknown.body).toMatchObject(rest);
  });

  test("works for an unknown address as for a wrong password", async () => {
    const { email } = await house.signup();
    const timed = async (address: string) => {
      const times: number[] = [];
      for (let i = 0; i < 5; i++) {
        const start = performance.now();
        await login(address, "not the password");
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[2] ?? 0;
    };
    const [known, unknown] = [await timed(email), await timed("stranger@example.org")];
    // Hashing takes some 30 ms, everything else 3: without it the ratio would be 10.
    expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(3);
  });

  test("ends with logging out, and the cookie is taken back whole", async () => {
    const { cookie } = await house.signup();
    const { status, headers } = await house.request("POST", "/api/v2/auth/logout", { cookie });
    expect(status).toBe(200);
    expect(headers.get("set-cookie")).toBe(
      "__Host-medforge_session=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0",
    );
    expect(await me(cookie)).toBe(401);
  });

  test("lasts 12 hours without use, and 7 days in all", async () => {
    const { cookie, email } = await house.signup();
    house.clock.advance(12 * HOUR_MS - 1000);
    expect(await me(cookie)).toBe(200);
    house.clock.advance(12 * HOUR_MS);
    expect(await me(cookie)).toBe(401);
    const fresh = cookieOf((await login(email)).headers);
    for (let hour = 0; hour < 168; hour += 8) {
      expect(`${hour} ${await me(fresh)}`).toBe(`${hour} 200`);
      house.clock.advance(8 * HOUR_MS);
    }
    expect(await me(fresh)).toBe(401);
  });

  test("writes down its use at most once a minute", async () => {
    const { cookie, id } = await house.signup();
    const seen = async () =>
      (await house.db.logins.ofUser(id, { now: 0, seenAfter: 0 }, undefined, 1))[0]?.lastSeenAt;
    const first = await seen();
    house.clock.advance(59_000);
    await me(cookie);
    expect(await seen()).toBe(first);
    house.clock.advance(1_000);
    await me(cookie);
    expect(await seen()).toBe(house.clock.now());
  });

  test("is listed, and can be revoked from elsewhere, but only one's own", async () => {
    const ada = await house.signup();
    const eve = await house.signup();
    house.clock.advance(1000);
    const second = cookieOf((await login(ada.email)).headers);
    const { body } = await house.request("GET", "/api/v2/auth/sessions", { cookie: second });
    const logins = body.data as { id: string; current: boolean }[];
    expect(logins.map(({ current }) => current)).toEqual([true, false]);
    const first = `/api/v2/auth/sessions/${logins[1]?.id}`;
    expect((await house.request("DELETE", first, { cookie: eve.cookie })).status).toBe(404);
    expect(await me(ada.cookie)).toBe(200);
    expect((await house.request("DELETE", first, { cookie: second })).status).toBe(200);
    expect(await me(ada.cookie)).toBe(401);
    expect((await house.request("DELETE", first, { cookie: second })).status).toBe(404);
  });

  test("can be ended everywhere but here", async () => {
    const { cookie, email } = await house.signup();
    house.clock.advance(1000);
    const others = [cookieOf((await login(email)).headers), cookieOf((await login(email)).headers)];
    const ended = await house.request("DELETE", "/api/v2/auth/sessions", { cookie });
    expect(ended.body.data).toEqual({ revoked: 2 });
    for (const other of others) expect(await me(other)).toBe(401);
    expect(await me(cookie)).toBe(200);
    const { body } = await house.request("GET", "/api/v2/auth/sessions", { cookie });
    expect(body.data).toMatchObject([{ current: true }]);
  });

  test("is listed only where it still works", async () => {
    const { email } = await house.signup();
    house.clock.advance(12 * HOUR_MS);
    const fresh = cookieOf((await login(email)).headers);
    const { body } = await house.request("GET", "/api/v2/auth/sessions", { cookie: fresh });
    expect(body.data).toHaveLength(1);
  });

  test("is remembered with device and address, and so is every try that failed", async () => {
    const { cookie, email, id } = await house.signup();
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const headers = { ...FROM, "user-agent": firefox };
    house.clock.advance(1);
    await login(email, "a wrong password", headers);
    house.clock.advance(1);
    await login(email, PASSWORD, headers);
    const { body } = await house.request("GET", "/api/v2/auth/history?limit=2", { cookie });
    const seen = { device: "Firefox on Linux", address: "203.0.113.9", user_agent: firefox };
    expect(body.data).toMatchObject([
      { outcome: "logged_in", ...seen },
      { outcome: "wrong_password", ...seen },
    ]);
    const logins = await house.request("GET", "/api/v2/auth/sessions", { cookie });
    expect(logins.body.data).toMatchObject([{ current: false, ...seen }, { current: true }]);
    await house.db.users.update(id, { disabledAt: house.clock.now() });
    house.clock.advance(1);
    await login(email, PASSWORD, headers);
    expect((await house.db.loginAttempts.ofUser(id, undefined, 1))[0]?.outcome).toBe("disabled");
  });

  test("survives other cookies of the same name: the newest that works counts, and the work is bounded", async () => {
    const [ada, eve] = [await house.signup(), await house.signup()];
    house.clock.advance(1);
    const again = cookieOf((await login(ada.email)).headers);
    const who = async (cookie: string) =>
      ((await house.request("GET", "/api/v2/me", { cookie })).body.data as { id: string } | undefined)?.id;
    const name = "__Host-medforge_session";
    const junk = [`${name}=`, `${name}=short`, `${name}=${"x".repeat(43)}`, `${name}=${"y".repeat(4000)}`];
    expect(await who([...junk, again, ...junk].join("; "))).toBe(ada.id);
    expect(await who(`${eve.cookie}; ${again}`)).toBe(ada.id);
    expect(await who(`${again}; ${eve.cookie}`)).toBe(ada.id);
    const many = Array.from({ length: 200 }, (_, i) => `${name}=${String(i).padStart(43, "z")}`);
    expect(await who([...many, again].join("; "))).toBeUndefined();
  });

  test("is limited per account, per address, and after a restart as before", async () => {
    const { email } = await house.signup();
    for (let i = 0; i < 10; i++) expect((await login(email, "wrong password")).status).toBe(401);
    const refused = await login(email);
    expect(refused.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused.headers.get("retry-after")).toBe("600");
    const restarted = await testHouse({ db: house.db });
    restarted.clock.advance(house.clock.now() - restarted.clock.now());
    const again = await restarted.request("POST", "/api/v2/auth/login", {
      body: { email, password: PASSWORD },
    });
    expect(again.status).toBe(429);
    house.clock.advance(600_000);
    expect((await login(email)).status).toBe(200);

    const statuses = new Set<number>();
    for (let i = 0; i < 61; i++)
      statuses.add((await login(`u${i}@example.org`, "wrong password", FROM)).status);
    expect([...statuses]).toEqual([401, 429]);
  }, 20_000);

  test("takes no password that is too short or too long, and no address twice", async () => {
    const signup = (email: string, password: string) =>
      house.request("POST", "/api/v2/auth/signup", { body: { email, password, display_name: "Ada" } });
    expect((await signup("a@example.org", "123456789")).status).toBe(422);
    expect((await signup("a@example.org", "x".repeat(129))).status).toBe(422);
    expect((await signup("not an address", PASSWORD)).status).toBe(422);
    expect((await signup("a@example.org", "x".repeat(128))).status).toBe(201);
    expect((await signup("A@Example.org", PASSWORD)).body).toMatchObject({
      status: 409,
      code: "email_taken",
    });
  });

  test("needs no account where sign-up is closed", async () => {
    const closed = await testHouse({ db: house.db, environment: { MEDFORGE_SIGNUP: "closed" } });
    const body = { email: "late@example.org", password: PASSWORD, display_name: "Late" };
    const answered = await closed.request("POST", "/api/v2/auth/signup", { body });
    expect(answered.body).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("with a new password happens everywhere anew, but where it was changed", async () => {
    const { cookie, email, id } = await house.signup();
    house.clock.advance(1000);
    const elsewhere = cookieOf((await login(email)).headers);
    const change = (body: unknown) => house.request("PATCH", "/api/v2/me", { cookie, body });
    const fresh = "a new and better one";
    expect((await change({ new_password: fresh })).body.code).toBe("invalid_request");
    expect((await change({ new_password: fresh, current_password: "guess" })).status).toBe(422);
    expect(await me(elsewhere)).toBe(200);
    expect((await change({ new_password: fresh, current_password: PASSWORD })).status).toBe(200);
    expect(await me(elsewhere)).toBe(401);
    expect(await me(cookie)).toBe(200);
    expect((await login(email)).status).toBe(401);
    expect((await login(email, fresh)).status).toBe(200);
    const changes = await house.db.audit.page({ action: "auth.password.change" }, undefined, 5);
    expect(changes.map(({ actorId }) => actorId)).toEqual([id]);
    expect(JSON.stringify(changes)).not.toContain(fresh);
  });
});
