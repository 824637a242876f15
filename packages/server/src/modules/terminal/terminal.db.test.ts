import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TERMINAL_CLOSED } from "@medforge/contracts/terminal-closed";
import { databaseNamed } from "@medforge/db/testing";

import { type House, ORIGIN, testHouse } from "../../testing.ts";
import { runningSession } from "../gate/testing.ts";

/** Bun's own takes headers; the types of the DOM, which the site needs, do not know of them. */
const BrowserSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

type Person = Awaited<ReturnType<House["signup"]>>;

describe.if(databaseNamed)("the terminal of a session, over a real socket", () => {
  let house: House;
  let url: string;
  beforeAll(async () => {
    house = await testHouse({ gpus: 12 });
    house.app.listen({ hostname: "127.0.0.1", port: 0 });
    url = `127.0.0.1:${house.app.server?.port}/api/v2/external/sessions`;
  });
  afterAll(async () => {
    await house.app.stop(true);
    await house.close();
  });

  async function someone() {
    const person = await house.signup();
    return { ...person, session: await runningSession(house, person.cookie) };
  }

  interface Asking {
    readonly origin?: string | null;
    readonly shell?: string;
    readonly authorization?: string;
  }

  function headersOf(cookie: string | undefined, { origin = ORIGIN, authorization }: Asking) {
    return {
      ...(cookie === undefined ? {} : { cookie }),
      ...(origin === null ? {} : { origin }),
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  /** The answer to a browser's handshake that is refused. */
  async function refusal(id: string, cookie: string | undefined, asking: Asking = {}) {
    const response = await fetch(`http://${url}/${id}/terminal?columns=80&rows=24`, {
      headers: {
        ...headersOf(cookie, asking),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    });
    return [response.status, ((await response.json()) as { code: string }).code];
  }

  async function open(id: string, { cookie }: Pick<Person, "cookie">, asking: Asking = {}) {
    const query = new URLSearchParams({ columns: "80", rows: "24" });
    if (asking.shell !== undefined) query.set("shell", asking.shell);
    const ws = new BrowserSocket(`ws://${url}/${id}/terminal?${query}`, {
      headers: headersOf(cookie, asking),
    });
    ws.binaryType = "arraybuffer";
    const seen = {
      text: "",
      greeting: undefined as { shell: string; resumed: boolean } | undefined,
      code: 0,
    };
    ws.onmessage = ({ data }) => {
      if (typeof data === "string") seen.greeting = JSON.parse(data);
      else seen.text += new TextDecoder().decode(data);
    };
    ws.onclose = ({ code }) => {
      seen.code = code;
    };
    const until = async (true_: () => boolean) => {
      for (const late = Date.now() + 4_000; !true_() && Date.now() < late; ) await Bun.sleep(10);
      expect({ ...seen, true_: true_() }).toMatchObject({ true_: true });
    };
    await until(() => seen.greeting !== undefined);
    return { ws, seen, until, type: (text: string) => ws.send(new TextEncoder().encode(text)) };
  }

  /** Shells that run in it. */
  const shells = (slug: string) =>
    [...house.engine.terminals.values()].filter((where) => where === slug).length;

  test("is a shell: what is typed comes back, and its end ends the connection", async () => {
    const owner = await someone();
    const { ws, seen, until, type } = await open(owner.session.id, owner);
    await until(() => seen.text.includes("pretended"));
    ws.send(JSON.stringify({ columns: 100, rows: 40 }));
    type("echo käse\r");
    await until(() => seen.text.split("echo käse").length === 3);
    type("exit\r");
    await until(() => seen.code === TERMINAL_CLOSED.shellEnded);
    expect(shells(owner.session.slug)).toBe(0);
  });

  test("is for the owner and for admins, by cookie, from the portal's own pages, while the session runs", async () => {
    const owner = await someone();
    const { id } = owner.session;
    const other = await house.signup();
    expect(await refusal(id, undefined)).toEqual([401, "not_authenticated"]);
    expect(await refusal(id, other.cookie)).toEqual([404, "not_found"]);
    for (const origin of [
      null,
      "null",
      "https://evil.example",
      `${ORIGIN}.evil.example`,
      ORIGIN.replace("http:", "https:"),
      ORIGIN.replace(/:\d+$/, ":8601"),
      `https://${owner.session.host}`,
    ]) {
      expect([origin, ...(await refusal(id, owner.cookie, { origin }))]).toEqual([
        origin,
        403,
        "origin_not_allowed",
      ]);
    }
    const made = await house.request("POST", "/api/v2/me/tokens", {
      cookie: owner.cookie,
      body: { name: "t", scopes: ["sessions:write"], expires_in_days: 1 },
    });
    const { token } = made.body.data as { token: string };
    expect(token).toBeString();
    expect((await refusal(id, undefined, { authorization: `Bearer ${token}` }))[0]).toBe(403);
    expect(shells(owner.session.slug)).toBe(0);

    const admin = await house.signup({ admin: true });
    const { ws } = await open(id, admin);
    expect(shells(owner.session.slug)).toBe(1);
    ws.close();
    const audited = await house.request("GET", "/api/v2/admin/audit?limit=5", { cookie: admin.cookie });
    expect(
      (audited.body.data as { action: string }[]).find((one) => one.action === "session.terminal"),
    ).toMatchObject({
      actor_id: admin.id,
      target: owner.session.slug,
      detail: { session_id: id, resumed: false },
    });
    await house.request("POST", `/api/v2/external/sessions/${id}/stop`, { cookie: owner.cookie });
    expect(await refusal(id, owner.cookie)).toEqual([409, "state_conflict"]);
  });

  test("ends with the login, the right or the session: the connection at once, the shell too", async () => {
    const admin = await house.signup({ admin: true });
    const endings: [code: number, end: (person: Person, id: string) => Promise<unknown>][] = [
      [TERMINAL_CLOSED.loginEnded, ({ cookie }) => house.request("POST", "/api/v2/auth/logout", { cookie })],
      [
        TERMINAL_CLOSED.loginEnded,
        ({ id }) =>
          house.request("PATCH", `/api/v2/admin/users/${id}`, {
            cookie: admin.cookie,
            body: { disabled: true },
          }),
      ],
      [
        TERMINAL_CLOSED.sessionEnded,
        ({ cookie }, id) => house.request("POST", `/api/v2/external/sessions/${id}/stop`, { cookie }),
      ],
    ];
    for (const [code, end] of endings) {
      const owner = await someone();
      const { seen, until } = await open(owner.session.id, owner);
      await end(owner, owner.session.id);
      await until(() => seen.code === code);
      expect(shells(owner.session.slug)).toBe(0);
    }
  });

  test("ends within 5 s when another process ended the login, or an admin is one no more", async () => {
    const owner = await someone();
    const admin = await house.signup({ admin: true });
    const mine = await open(owner.session.id, owner);
    const theirs = await open(owner.session.id, admin);
    await house.db.users.update(admin.id, { role: "member" });
    await house.pass(2_500);
    await theirs.until(() => theirs.seen.code === TERMINAL_CLOSED.loginEnded);
    expect(mine.seen.code).toBe(0);
    await house.db.users.update(owner.id, { disabledAt: house.clock.now() });
    await house.pass(2_500);
    await mine.until(() => mine.seen.code === TERMINAL_CLOSED.loginEnded);
  });

  test("is found again with what it printed, also meanwhile, by the same login in the same session only", async () => {
    const owner = await someone();
    const first = await open(owner.session.id, owner);
    const shell = first.seen.greeting?.shell ?? "";
    first.type("before\r");
    await first.until(() => first.seen.text.split("before").length === 3);
    first.ws.close();
    await first.until(() => first.seen.code !== 0);

    const login = await house.request("POST", "/api/v2/auth/login", {
      body: { email: owner.email, password: "correct horse battery" },
    });
    const again = { cookie: login.headers.get("set-cookie")?.split(";")[0] ?? "" };
    const elsewhere = await open(owner.session.id, again, { shell });
    expect(elsewhere.seen.greeting).toMatchObject({ resumed: false });
    expect(elsewhere.seen.text).not.toContain("before");

    const back = await open(owner.session.id, owner, { shell });
    expect(back.seen.greeting).toEqual({ shell, resumed: true });
    await back.until(() => back.seen.text === first.seen.text);
    const third = await open(owner.session.id, owner, { shell });
    await back.until(() => back.seen.code === TERMINAL_CLOSED.takenOver);
    third.type("after\r");
    await third.until(() => third.seen.text.split("after").length === 3);
  });

  test("lives on for two minutes without a page, and is then hung up", async () => {
    const owner = await someone();
    const first = await open(owner.session.id, owner);
    first.ws.close();
    await first.until(() => first.seen.code !== 0);
    await Bun.sleep(50);
    await house.pass(115_000, 5_000);
    expect(shells(owner.session.slug)).toBe(1);
    const back = await open(owner.session.id, owner, { shell: first.seen.greeting?.shell ?? "" });
    expect(back.seen.greeting).toMatchObject({ resumed: true });
    await house.pass(130_000, 5_000);
    expect([shells(owner.session.slug), back.seen.code]).toEqual([1, 0]);
    back.ws.close();
    await back.until(() => back.seen.code !== 0);
    await Bun.sleep(50);
    await house.pass(119_000, 5_000);
    expect(shells(owner.session.slug)).toBe(1);
    // A look at the database takes real time.
    for (let looks = 0; looks < 5; looks++) {
      await house.pass(2_000);
      await Bun.sleep(20);
    }
    expect(shells(owner.session.slug)).toBe(0);
  });

  test("takes no long message and no strange one, and no more than eight shells a session", async () => {
    const owner = await someone();
    const strange = await open(owner.session.id, owner);
    strange.ws.send('{"columns":1e9,"rows":2}');
    await strange.until(() => strange.seen.code === TERMINAL_CLOSED.unfit);
    const long = await open(owner.session.id, owner);
    long.ws.send(new Uint8Array(65_537));
    await long.until(() => long.seen.code >= 1_000);
    for (let i = 2; i < 8; i++) await open(owner.session.id, owner);
    expect(await refusal(owner.session.id, owner.cookie)).toEqual([409, "state_conflict"]);
  });
});
