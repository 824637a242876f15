import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { sweep } from "../../loops/streams.ts";
import { type House, PASSWORD, testHouse } from "../../testing.ts";
import { type Browser, browser, runningSession } from "./testing.ts";

/** What ends a visit: the next request is refused, and what is open is cut. */
describe.if(databaseNamed)("a visit ends", () => {
  let house: House;
  /** Another process over the same database: it hears of nothing. */
  let elsewhere: House;
  let admin: Awaited<ReturnType<House["signup"]>>;
  beforeAll(async () => {
    house = await testHouse({ gpus: 16 });
    elsewhere = await testHouse({ db: house.db });
    admin = await house.signup({ admin: true });
  });
  afterAll(async () => {
    await elsewhere.close();
    await house.close();
  });

  const patch = (id: string, body: unknown) =>
    house.request("PATCH", `/api/v2/admin/users/${id}`, { cookie: admin.cookie, body });
  const login = async (email: string) => {
    const headers = { "user-agent": "another device" };
    const body = { email, password: PASSWORD };
    const answered = await house.request("POST", "/api/v2/auth/login", { body, headers });
    return answered.headers.get("set-cookie")?.split(";")[0] ?? "";
  };

  /** Everything that must end a visit at once, and what the visitor gets then. */
  const ENDINGS: Record<string, (visit: Visit) => Promise<unknown>> = {
    "logging out": ({ cookie }) => house.request("POST", "/api/v2/auth/logout", { cookie }),
    "revoking the login": async ({ cookie, email }) => {
      const other = await login(email);
      const { body } = await house.request("GET", "/api/v2/auth/sessions", { cookie });
      const own = (body.data as { id: string; current: boolean }[]).find(({ current }) => current);
      await house.request("DELETE", `/api/v2/auth/sessions/${own?.id}`, { cookie: other });
    },
    "revoking all others": async ({ email }) =>
      house.request("DELETE", "/api/v2/auth/sessions", { cookie: await login(email) }),
    "a new password elsewhere": async ({ email }) =>
      house.request("PATCH", "/api/v2/me", {
        cookie: await login(email),
        body: { new_password: "another good password", current_password: PASSWORD },
      }),
    "disabling the user": ({ userId }) => patch(userId, { disabled: true }),
    "taking the internal right": ({ userId }) => patch(userId, { can_use_internal: false }),
    "stopping the session": ({ sessionId, cookie }) =>
      house.request("POST", `/api/v2/internal/sessions/${sessionId}/stop`, { cookie }),
  };

  interface Visit {
    readonly userId: string;
    readonly email: string;
    readonly cookie: string;
    readonly sessionId: string;
    readonly host: string;
    readonly address: string;
    readonly visitor: Browser;
  }

  async function visit(): Promise<Visit> {
    const { id: userId, email, cookie } = await house.signup({ internal: true });
    const { id: sessionId, host, address } = await runningSession(house, cookie, "internal");
    const visitor = browser(house, cookie);
    await visitor.enter(host);
    expect((await visitor.ask(host, "fetch")).status).toBe(200);
    return { userId, email, cookie, sessionId, host, address, visitor };
  }

  for (const [name, end] of Object.entries(ENDINGS)) {
    test(`with ${name}: at once here, within 2 s in other processes, and what is open is cut twice`, async () => {
      const one = await visit();
      const same = browser(elsewhere, undefined);
      same.apps.set(one.host, one.visitor.apps.get(one.host) ?? "");
      expect((await same.ask(one.host, "fetch")).status).toBe(200);
      await sweep(house.deps);
      expect(house.sockets.cut).not.toContain(one.address);

      const answered = await end(one);
      expect(answered === undefined ? 200 : (answered as { status: number }).status).toBeLessThan(300);
      expect((await one.visitor.ask(one.host, "websocket")).status).toBeOneOf([401, 403, 404]);
      elsewhere.clock.advance(1_500);
      expect((await same.ask(one.host, "websocket")).status).toBeOneOf([401, 403, 404]);

      const cuts = () => house.sockets.cut.filter((address) => address === one.address).length;
      await sweep(house.deps);
      expect(cuts()).toBe(1);
      await sweep(house.deps);
      expect(cuts()).toBe(1);
      house.clock.advance(2_500);
      await sweep(house.deps);
      expect(cuts()).toBe(2);
      house.clock.advance(60_000);
      await sweep(house.deps);
      expect(cuts()).toBe(2);
    });
  }

  test("with an admin's role: they get into other people's sessions no more, and their own go on", async () => {
    const other = await house.signup({ admin: true, sessions: 2 });
    const own = await runningSession(house, other.cookie);
    const { host, address } = await visit();
    const visitor = browser(house, other.cookie);
    for (const each of [own.host, host]) await visitor.enter(each);
    expect((await visitor.ask(host, "fetch")).status).toBe(200);
    await patch(other.id, { role: "member" });
    expect((await visitor.ask(host, "fetch")).status).toBe(403);
    expect((await visitor.ask(own.host, "fetch")).status).toBe(200);
    await sweep(house.deps);
    expect(house.sockets.cut).toContain(address);
    expect(house.sockets.cut).not.toContain(own.address);
  });

  test("for good: what was ended is not good again when the right comes back", async () => {
    const one = await visit();
    await patch(one.userId, { can_use_internal: false });
    await sweep(house.deps);
    await patch(one.userId, { can_use_internal: true });
    expect((await one.visitor.ask(one.host, "fetch")).status).toBe(401);
    expect((await one.visitor.enter(one.host)).status).toBe(302);
    expect((await one.visitor.ask(one.host, "fetch")).status).toBe(200);
  });

  test("also when the kernel does not do it the first time: it is told again", async () => {
    const one = await visit();
    house.sockets.fault = new MachineError("broken", "no", "mend it");
    await house.request("POST", "/api/v2/auth/logout", { cookie: one.cookie });
    await sweep(house.deps);
    expect(house.sockets.cut).not.toContain(one.address);
    await sweep(house.deps);
    expect(house.sockets.cut).toContain(one.address);
  });

  test("whatever happens at the same moment: what was asked before is not believed afterwards", async () => {
    const one = await visit();
    const slow = await testHouse({
      db: house.db,
      replace: ({ db }) => ({
        db: {
          ...db,
          gate: {
            visit: async (slug, hash) => {
              const found = await db.gate.visit(slug, hash);
              await asked.promise;
              return found;
            },
          },
        },
      }),
    });
    const asked = Promise.withResolvers<void>();
    const visitor = browser(slow, one.cookie);
    visitor.apps.set(one.host, one.visitor.apps.get(one.host) ?? "");
    const before = visitor.ask(one.host, "fetch");
    await Bun.sleep(50);
    const { status } = await slow.request("POST", "/api/v2/auth/logout", { cookie: one.cookie });
    const after = visitor.ask(one.host, "fetch");
    asked.resolve();
    expect([status, (await before).status, (await after).status]).toEqual([200, 200, 401]);
    expect((await visitor.ask(one.host, "fetch")).status).toBe(401);
    await slow.close();
  });

  test("without anybody's doing, when the login was not used for too long", async () => {
    const one = await visit();
    house.clock.advance(12 * 3_600_000);
    await sweep(house.deps);
    expect(house.sockets.cut).toContain(one.address);
    expect((await one.visitor.ask(one.host, "fetch")).status).toBe(401);
  });
});
