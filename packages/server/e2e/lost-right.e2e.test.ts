import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";

import { type Front, openFront } from "./front.ts";
import { type Guest, type Guests, guestsOf, hostFor } from "./guests.ts";
import { inLab } from "./named.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

/** Nothing of an internal session is open to its owner any more by then. */
const ENDED_MS_MAX = 5_000;

describe.skipIf(!inLab)("a user from whom an admin takes the right to internal sessions", () => {
  let front: Front;
  let guests: Guests;
  let admin: Guest;
  let guest: Guest;
  let ssh: SshClient;
  let inside: Session;
  let outside: Session;
  beforeAll(async () => {
    front = await openFront({ gpus: 2, servers: 2 });
    guests = guestsOf(front);
    admin = await guests.newGuest({ admin: true });
    guest = await guests.newGuest({ internal: true, sessions: 2 });
    ssh = await front.house.newSshClient();
    await guest.api.expect(201, "POST", "/me/ssh-keys", { public_key: ssh.publicKey });
    inside = await guests.withApp(guest, "internal");
    outside = await guests.withApp(guest, "external");
  });
  afterAll(() => front?.close());

  /** Told to the server that does not lead. */
  const allow = (right: boolean) =>
    admin.api.expect(200, "PATCH", `/admin/users/${guest.id}`, { can_use_internal: right });

  async function connect(session: Session) {
    const log = join(front.house.folder, `open-${session.slug}.log`);
    const connection = ssh.keepOpen(session, ["echo connected; sleep 600"], log);
    await until("an SSH connection", 10_000, async () => (await Bun.file(log).text()).includes("connected"));
    return connection;
  }
  async function webSocket(session: Session, surface: "internal" | "external") {
    const { status, socket } = await guest.browser.ask("websocket", hostFor(session, surface));
    expect(status).toBe(101);
    const ended = new Promise<void>((resolve) =>
      socket.on("close", () => resolve()).on("error", () => resolve()),
    );
    let said = "";
    socket.on("data", (bytes) => {
      said += String(bytes);
    });
    const isOpen = async () => {
      said = "";
      socket.write("still there");
      await until("the app's echo", 5_000, () => said === "still there");
      return true;
    };
    return { ended, isOpen };
  }

  test("is out of these after 5 s by SSH, WebSocket and key; in the others all goes on", async () => {
    const shells = { inside: await connect(inside), outside: await connect(outside) };
    const sockets = {
      inside: await webSocket(inside, "internal"),
      outside: await webSocket(outside, "external"),
    };
    let leftOutside = false;
    void shells.outside.exited.then(() => {
      leftOutside = true;
    });

    await allow(false);
    const from = Date.now();
    await Promise.all([
      shells.inside.exited,
      sockets.inside.ended,
      until("the keys to be refused", ENDED_MS_MAX, async () =>
        (await ssh.run(inside, "true")).stderr.includes("Permission denied"),
      ),
    ]);
    // Another process than the one that was told may believe what it knows for 2 s.
    await until("the gate to know", 2_500, async () =>
      [401, 403].includes((await guest.browser.ask("fetch", hostFor(inside, "internal"))).status),
    );
    expect(Date.now() - from).toBeLessThan(ENDED_MS_MAX);
    expect(leftOutside).toBe(false);
    expect(await sockets.outside.isOpen()).toBe(true);
    expect((await ssh.run(outside, "echo in")).stdout.trim()).toBe("in");
    for (const { id, slug } of [inside, outside]) {
      expect((await front.house.db.sessions.byId(id))?.session.state).toBe("RUNNING");
      expect((await front.house.engine.inspect(slug))?.State.Running).toBe(true);
    }
    shells.outside.kill("SIGTERM");
    await shells.outside.exited;
  }, 60_000);

  test("and who gets it back, has the SSH keys in them again", async () => {
    await allow(true);
    await until("the keys to be taken", ENDED_MS_MAX, async () => {
      return (await ssh.run(inside, "echo back")).stdout.trim() === "back";
    });
  }, 20_000);
});
