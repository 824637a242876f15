import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { SCOPES, type Scope } from "@medforge/contracts/tokens";
import { databaseNamed } from "@medforge/db/testing";

import { OPEN_DOORS } from "../../http/open-doors.ts";
import { OPENED_BY } from "../../http/token-scopes.ts";
import { type House, testHouse } from "../../testing.ts";
import { TOKENS_MAX } from "./service.ts";

const DAY_MS = 86_400_000;
const TOKENS = "/api/v2/me/tokens";

describe.if(databaseNamed)("API tokens", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse();
  });
  afterAll(() => house.close());

  const make = (cookie: string, scopes: readonly string[], more: object = {}) =>
    house.request("POST", TOKENS, { cookie, body: { name: "a program", scopes, ...more } });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const by = (token: string, method: string, path: string, body?: unknown) =>
    house.request(method, path, { headers: bearer(token), ...(body === undefined ? {} : { body }) });
  const me = async (token: string) => (await by(token, "GET", "/api/v2/me")).status;

  async function holder(scopes: readonly Scope[], rights: Parameters<House["signup"]>[0] = {}) {
    const user = await house.signup(rights);
    const { token, id } = (await make(user.cookie, scopes)).body.data as { token: string; id: string };
    return { ...user, token, tokenId: id };
  }

  test("are shown once, and neither stored nor logged", async () => {
    const { cookie } = await house.signup();
    const made = await make(cookie, ["sessions:read"], { expires_in_days: 3 });
    expect(made.status).toBe(201);
    const { token, ...shown } = made.body.data as { token: string; id: string };
    expect(token).toMatch(/^mf_[A-Za-z0-9_-]{43}$/);
    expect(shown).toMatchObject({
      name: "a program",
      scopes: ["sessions:read"],
      expires_at: new Date(house.clock.now() + 3 * DAY_MS).toISOString(),
      last_used_at: null,
    });
    const listed = await house.request("GET", TOKENS, { cookie });
    expect(listed.body.data).toEqual([shown]);
    expect(await me(token)).toBe(200);
    await Bun.sleep(5);
    const secret = token.slice(3);
    expect(listed.text + house.lines.join("")).not.toContain(secret);
    const row = (await house.db.apiTokens.ofUser((await owner(cookie)).id, undefined, 1))[0];
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row?.tokenHash).toBe(new Bun.CryptoHasher("sha256").update(token).digest("hex"));
  });

  const owner = async (cookie: string) =>
    (await house.request("GET", "/api/v2/me", { cookie })).body.data as { id: string };

  test("open exactly the routes that the table names for their scopes, and no token opens the others", async () => {
    const tokens = new Map<Scope, string>();
    for (const scope of SCOPES) {
      tokens.set(scope, (await holder([scope], { admin: true, internal: true })).token);
    }
    const closed = house.app.routes
      .map(({ method, path }) => ({ method, path, line: `${method} ${path}` }))
      .filter(({ line }) => !OPEN_DOORS.includes(line));
    const named = Object.values(OPENED_BY).flat();
    for (const line of named) expect(closed.map((route) => route.line)).toContain(line);
    for (const { method, path, line } of closed) {
      for (const [scope, token] of tokens) {
        const real = path.replace(/:\w+/g, "01890a5d-ac96-774b-bcce-b302099a8057");
        // A cursor that is none: whoever is let in is refused for that, and nothing is done.
        const asking = method === "GET" ? {} : { body: { nonsense: true } };
        const answered = await house.request(method, `${real}?cursor=nonsense`, {
          headers: bearer(token),
          ...asking,
        });
        const refused = answered.body.code === "forbidden";
        expect(`${scope}: ${line} ${refused ? "refused" : "let in"}`).toBe(
          `${scope}: ${line} ${OPENED_BY[scope].includes(line) ? "let in" : "refused"}`,
        );
        expect(answered.status).not.toBe(401);
      }
    }
    const never = closed.filter(({ line }) => !named.includes(line)).map(({ line }) => line);
    expect(never.sort()).toEqual([
      "DELETE /api/v2/admin/invitations/:id",
      "DELETE /api/v2/auth/sessions",
      "DELETE /api/v2/auth/sessions/:id",
      "DELETE /api/v2/me/ssh-keys/:id",
      "DELETE /api/v2/me/tokens/:id",
      "GET /api/v2/admin/invitations",
      "GET /api/v2/auth/history",
      "GET /api/v2/auth/sessions",
      "GET /api/v2/external/sessions/:id/terminal",
      "GET /api/v2/internal/sessions/:id/terminal",
      "GET /api/v2/me/ssh-keys",
      "GET /api/v2/me/tokens",
      "PATCH /api/v2/me",
      "POST /api/v2/admin/invitations",
      "POST /api/v2/auth/logout",
      "POST /api/v2/me/ssh-keys",
      "POST /api/v2/me/tokens",
    ]);
  });

  test("say which scope is missing, or that none would do", async () => {
    const { token } = await holder(["sessions:read"]);
    const stop = await by(token, "POST", "/api/v2/external/sessions", {});
    expect(stop.body.detail).toContain("`sessions:write`");
    const password = await by(token, "PATCH", "/api/v2/me", { display_name: "Eve" });
    expect(password.body).toMatchObject({ status: 403, code: "forbidden" });
    expect(password.body.detail).toContain("No token");
  });

  test("stop when they expire, when they are revoked, and when their user is disabled", async () => {
    const { token } = await holder(["sessions:read"]);
    house.clock.advance(90 * DAY_MS - 1);
    expect(await me(token)).toBe(200);
    house.clock.advance(1);
    expect(await me(token)).toBe(401);

    const ada = await holder(["sessions:read"]);
    const eve = await house.signup();
    const path = `${TOKENS}/${ada.tokenId}`;
    expect((await house.request("DELETE", path, { cookie: eve.cookie })).status).toBe(404);
    expect(await me(ada.token)).toBe(200);
    expect((await house.request("DELETE", path, { cookie: ada.cookie })).status).toBe(200);
    expect(await me(ada.token)).toBe(401);
    expect((await house.request("DELETE", path, { cookie: ada.cookie })).status).toBe(404);

    const bob = await holder(["sessions:read"]);
    const admin = await house.signup({ admin: true });
    const disable = (disabled: boolean) =>
      house.request("PATCH", `/api/v2/admin/users/${bob.id}`, { cookie: admin.cookie, body: { disabled } });
    await disable(true);
    expect(await me(bob.token)).toBe(401);
    await disable(false);
    expect(await me(bob.token)).toBe(401);
  });

  test("with the scope admin are for admins, and only while they are", async () => {
    const member = await house.signup();
    expect((await make(member.cookie, ["admin"])).body).toMatchObject({ status: 403, code: "forbidden" });
    const admin = await holder(["admin"], { admin: true });
    expect((await by(admin.token, "GET", "/api/v2/admin/users")).status).toBe(200);
    await house.db.users.update(admin.id, { role: "member" });
    expect((await by(admin.token, "GET", "/api/v2/admin/users")).status).toBe(403);
  });

  test("do for their user what that user may do, no more", async () => {
    const { token } = await holder(["sessions:read", "sessions:write"]);
    expect((await by(token, "GET", "/api/v2/internal/sessions")).body.code).toBe("internal_access_required");
    const other = await holder(["sessions:write"], { sessions: 1 });
    const made = await by(other.token, "POST", "/api/v2/external/sessions", {});
    expect(made.status).toBe(201);
    const { id } = made.body.data as { id: string };
    expect((await by(token, "GET", `/api/v2/external/sessions/${id}`)).status).toBe(404);
    expect((await by(token, "POST", `/api/v2/external/sessions/${id}/stop`)).status).toBe(404);
    expect((await by(other.token, "POST", `/api/v2/external/sessions/${id}/stop`)).status).toBe(202);
  });

  test("that do not work are not made good by a cookie beside them, and need no Origin", async () => {
    const { cookie, token } = await holder(["sessions:read"]);
    const broken = await house.request("GET", "/api/v2/me", { cookie, headers: bearer(`${token}x`) });
    expect(broken.status).toBe(401);
    for (const header of [`bearer ${token}`, `BEARER  ${token}`]) {
      const spelt = await house.request("GET", "/api/v2/me", { headers: { authorization: header } });
      expect(spelt.status).toBe(200);
    }
    const basic = { authorization: "Basic YWRhOmFkYQ==" };
    expect((await house.request("GET", "/api/v2/me", { cookie, headers: basic })).status).toBe(200);
  });

  test("write down their last use, not more than once a minute", async () => {
    const { token, cookie, tokenId } = await holder(["sessions:read"]);
    const from = async (address: string) => {
      await house.request("GET", "/api/v2/me", { headers: { ...bearer(token), "x-forwarded-for": address } });
      const { body } = await house.request("GET", TOKENS, { cookie });
      const shown = (body.data as { id: string; last_used_at: string; last_used_address: string }[]).find(
        ({ id }) => id === tokenId,
      );
      return [shown?.last_used_at, shown?.last_used_address];
    };
    const first = [new Date(house.clock.now()).toISOString(), "203.0.113.1"];
    expect(await from("203.0.113.1")).toEqual(first);
    house.clock.advance(59_999);
    expect(await from("203.0.113.2")).toEqual(first);
    house.clock.advance(1);
    expect(await from("203.0.113.3")).toEqual([new Date(house.clock.now()).toISOString(), "203.0.113.3"]);
  });

  test("are at most so many of one user, however fast they are asked for", async () => {
    const { cookie } = await house.signup();
    const made = await Promise.all(
      Array.from({ length: TOKENS_MAX + 5 }, () => make(cookie, ["sessions:read"])),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(TOKENS_MAX);
    expect(made.filter(({ body }) => body.code === "state_conflict")).toHaveLength(5);
  });

  test("are refused with a scope that is none, without a scope, or for ever", async () => {
    const { cookie } = await house.signup();
    for (const [scopes, more] of [
      [["everything"], {}],
      [[], {}],
      [["sessions:read", "sessions:read"], {}],
      [["sessions:read"], { expires_in_days: 0 }],
      [["sessions:read"], { expires_in_days: 366 }],
    ] as const) {
      expect((await make(cookie, scopes, more)).body.code).toBe("invalid_request");
    }
  });

  test("are in the audit log: made, revoked, and what an admin's program did", async () => {
    const admin = await holder(["admin"], { admin: true });
    const { id } = await house.signup();
    await by(admin.token, "PATCH", `/api/v2/admin/users/${id}`, { max_concurrent_sessions: 2 });
    await house.request("DELETE", `${TOKENS}/${admin.tokenId}`, { cookie: admin.cookie });
    const entries = await house.db.audit.page({ actorId: admin.id }, undefined, 10);
    const of = (action: string) => entries.find((entry) => entry.action === action);
    expect(of("auth.token.create")?.target).toBe(admin.tokenId);
    expect(of("auth.token.revoke")?.target).toBe(admin.tokenId);
    expect(of("admin.user.update")?.detail).toMatchObject({ token_id: admin.tokenId });
  });
});
