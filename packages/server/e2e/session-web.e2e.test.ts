import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

import type { Session } from "@medforge/contracts/sessions";
import { sessionHost } from "@medforge/core/hosts";
import { isSlug } from "@medforge/core/ids";

import { FORGED } from "./forged.ts";
import { type Front, openFront } from "./front.ts";
import { machineNamed } from "./named.ts";
import type { Person } from "./person.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";
import { NAVIGATION } from "./visitor.ts";

/** From a browser to an app in a session and back, through the real Caddy, gate, network and container. */
describe.skipIf(!machineNamed)("the web pages of a session", () => {
  let front: Front;
  let ada: Person;
  let ssh: SshClient;
  let session: Session;
  let host = "";
  let app = "";

  beforeAll(async () => {
    front = await openFront();
    ({ who: ada, ssh } = await front.house.newKeyHolder());
    session = await ada.running();
    host = hostOf(8080);
    const program = fileURLToPath(new URL("./hostile-app.py", import.meta.url));
    await ssh.scp(session, program, "there:app.py");
    await ssh.say(session, "setsid python3 app.py 8080 medforge.localhost >/dev/null 2>&1 </dev/null &");
    app = await front.enter(ada, host);
    await until("the app to listen", 10_000, async () => (await get("/")).status === 200);
  });
  afterAll(() => front.close());

  const hostOf = (port: number) => {
    if (!isSlug(session.slug)) throw new Error("a session has a slug");
    return sessionHost(front.domain, { slug: session.slug, exposure: "EXTERNAL", port });
  };
  const get = (path: string, lines: readonly string[] = []) =>
    front.ask(host, path, [...lines, `Cookie: ${app}`]);

  test("a link leads through the portal and back, and nothing else gets in", async () => {
    const asked = await front.ask(host, "/lab?x=1", NAVIGATION);
    expect(asked.status).toBe(302);
    const portal = new URL(asked.headers.get("location") ?? "");
    expect([portal.host, portal.pathname]).toEqual([front.portal, "/api/v2/auth/session-ticket"]);
    expect(portal.searchParams.get("next")).toBe("/lab?x=1");
    expect((await front.ask(host, "/")).status).toBe(401);
    expect((await front.ask(host, "/", [`Cookie: ${ada.cookie()}`])).status).toBe(401);
    expect((await get("/")).status).toBe(200);
    const eve = await front.house.newPerson();
    await expect(front.enter(eve, host)).rejects.toThrow("not let in");
  });

  test("the app reads every header it gets, and finds no cookie and no name of ours, forged or not", async () => {
    const forged = FORGED.map((name) => `${name}: forged`);
    const lines = [...forged, `Cookie: theme=dark; ${app}; ${ada.cookie()}; ${app}`];
    const answer = await front.ask(host, "/", lines);
    const got = new Map<string, string>(JSON.parse(answer.body));
    expect(answer.body).not.toContain("forged");
    expect(answer.body).not.toContain(app.split("=")[1] ?? "");
    expect(answer.body.toLowerCase()).not.toContain("x-medforge");
    expect(got.get("Cookie")).toBe("theme=dark");
    expect(got.get("X-Forwarded-Host")).toBe(host);
    expect(answer.body).not.toContain(ada.id);
  });

  test("cookies named like ours, from the app or beside the good one, break no login", async () => {
    const { headers } = await get("/");
    expect(headers.get("clear-site-data")).toBeNull();
    const set = headers.getSetCookie().filter((cookie) => cookie !== "");
    expect([...new Set(set)]).toEqual(["medforge=evil; Secure; Path=/"]);

    const bomb = Array.from({ length: 150 }, (_, i) => `b${i}=${"x".repeat(4_000)}`).join("; ");
    const cookies = (name: string, good: string) => [
      `${name}=evil; ${good}`,
      `${good}; ${name}=evil`,
      `${name}=${"x".repeat(4_000)}; ${good}`,
      `${bomb}; ${good}`,
      `${good}; ${bomb}`,
    ];
    for (const cookie of cookies("__Host-medforge_session", ada.cookie())) {
      const me = await front.ask(front.portal, "/api/v2/me", [`Cookie: ${cookie}`]);
      expect([cookie.slice(0, 60), me.status]).toEqual([cookie.slice(0, 60), 200]);
    }
    for (const cookie of cookies("__Host-medforge_app", app).slice(0, 3)) {
      const page = await front.ask(host, "/", [`Cookie: ${cookie}`]);
      expect([cookie.slice(0, 60), page.status]).toEqual([cookie.slice(0, 60), 200]);
    }
  });

  test("a port that nobody listens on says so, and so does a session that has stopped", async () => {
    const silent = hostOf(9_000);
    const cookie = await front.enter(ada, silent);
    const page = await front.ask(silent, "/", [...NAVIGATION, `Cookie: ${cookie}`]);
    expect([page.status, page.body]).toEqual([502, expect.stringContaining("port 9000")]);
    // The cookie of one port opens no other.
    expect((await front.ask(silent, "/", [`Cookie: ${app}`])).status).toBe(401);

    const bob = await front.house.newPerson();
    const other = await bob.running();
    await bob.stopped(other.id);
    const gone = host.replace(session.slug, other.slug);
    const stopped = await front.ask(gone, "/", NAVIGATION);
    expect(stopped.status).toBe(404);
    expect(stopped.body).toContain(`https://${front.portal}/`);
  });

  test("a WebSocket wants the cookie, goes through, and ends within 5 s of a logout", async () => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-Fetch-Mode: websocket"];
    expect((await front.ask(host, "/ws", upgrade)).status).toBe(401);
    const { status, socket } = await get("/ws", upgrade);
    expect(status).toBe(101);
    let said = "";
    socket.on("data", (bytes) => {
      said += String(bytes);
    });
    socket.write("still there");
    await until("the app to answer", 5_000, () => said === "still there");

    const ended = new Promise((resolve) => socket.once("close", resolve));
    const from = performance.now();
    await ada.expect(200, "POST", "/auth/logout");
    await ended;
    expect(performance.now() - from).toBeLessThan(5_000);
    expect((await get("/")).status).toBe(401);
  });
});
