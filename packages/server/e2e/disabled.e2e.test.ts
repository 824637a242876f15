import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";

import { type Front, openFront } from "./front.ts";
import { type Guest, type Guests, guestsOf, hostFor } from "./guests.ts";
import { inLab } from "./named.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

/** All that a disabled user may still have open has ended by then. */
const ENDED_MS_MAX = 5_000;

describe.skipIf(!inLab)("a user whom an admin disables", () => {
  let front: Front;
  let guests: Guests;
  let admin: Guest;
  let guest: Guest;
  let ssh: SshClient;
  let session: Session;
  let token = "";
  beforeAll(async () => {
    front = await openFront({ gpus: 6, servers: 2 });
    guests = guestsOf(front);
    admin = await guests.newGuest({ admin: true });
    guest = await guests.newGuest();
    ssh = await front.house.newSshClient();
    await guest.api.expect(201, "POST", "/me/ssh-keys", { public_key: ssh.publicKey });
    const wish = { name: "a program", scopes: ["sessions:read"] };
    ({ token } = await guest.api.expect<{ token: string }>(201, "POST", "/me/tokens", wish));
    session = await guests.withApp(guest);
  });
  afterAll(() => front?.close());

  /** Told to the server that does not lead. */
  const disable = (disabled: boolean) =>
    admin.api.expect(200, "PATCH", `/admin/users/${guest.id}`, { disabled });
  const byToken = (path: string) =>
    fetch(`${front.house.server().url}/api/v2${path}`, { headers: { authorization: `Bearer ${token}` } });

  test("has no login, token, SSH connection, WebSocket or stream left after 5 s; the session goes on", async () => {
    const log = join(front.house.folder, "open-ssh.log");
    const connection = ssh.keepOpen(session, ["echo connected; sleep 600"], log);
    await until("an SSH connection", 10_000, async () => (await Bun.file(log).text()).includes("connected"));
    await guest.browser.open(hostFor(session));
    const webSocket = await guest.browser.ask("websocket", hostFor(session));
    expect(webSocket.status).toBe(101);
    const socketEnded = new Promise((resolve) => webSocket.socket.on("close", resolve).on("error", resolve));
    webSocket.socket.resume();
    const events = await byToken(`/external/sessions/${session.id}/events`);
    expect(events.status).toBe(200);
    const eventsEnded = events.text();

    await disable(true);
    const from = Date.now();
    await Promise.all([
      connection.exited,
      socketEnded,
      eventsEnded,
      until("the keys to be refused", ENDED_MS_MAX, async () => {
        return (await ssh.run(session, "true")).stderr.includes("Permission denied");
      }),
    ]);
    // Another process than the one that was told may believe what it knows for 2 s.
    await until("the gate to know", 2_500, async () => {
      return (await guest.browser.ask("fetch", hostFor(session))).status === 401;
    });
    expect(Date.now() - from).toBeLessThan(ENDED_MS_MAX);
    expect((await guest.api.ask("GET", "/me")).status).toBe(401);
    expect((await byToken("/me")).status).toBe(401);
    expect((await front.house.db.sessions.byId(session.id))?.session.state).toBe("RUNNING");
    expect((await front.house.engine.inspect(session.slug))?.State.Running).toBe(true);
  }, 40_000);

  test("and whom an admin enables again, has the SSH keys back, but logs in anew and makes new tokens", async () => {
    await disable(false);
    await until("the keys to be taken", ENDED_MS_MAX, async () => {
      return (await ssh.run(session, "echo back")).stdout.trim() === "back";
    });
    // What ran in the session was not ended with the connection.
    expect(await ssh.say(session, "pgrep -c sleep")).toBe("1");
    expect((await guest.api.ask("GET", "/me")).status).toBe(401);
    expect((await byToken("/me")).status).toBe(401);
  }, 20_000);
});
