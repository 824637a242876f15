import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";

import { type House, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";
import type { Person } from "./person.ts";
import { freePort } from "./server.ts";
import type { SshClient } from "./ssh.ts";
import { until } from "./until.ts";

/** What people do over SSH beside typing. */
describe.skipIf(!machineNamed)("a session's SSH", () => {
  let house: House;
  let who: Person;
  let ssh: SshClient;
  let session: Session;
  let local: string;
  beforeAll(async () => {
    house = await openHouse();
    ({ who, ssh } = await house.newKeyHolder());
    session = await who.running();
    local = join(house.folder, "local");
    mkdirSync(local);
  });
  afterAll(() => house?.close());

  test("copies files there and back with scp, relative to the workspace", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    writeFileSync(join(local, "scan.nii"), bytes);
    expect((await ssh.scp(session, join(local, "scan.nii"), "there:scan.nii")).exitCode).toBe(0);
    expect(await ssh.say(session, "stat -c %U:%s /workspace/scan.nii")).toBe("medforge:60000");
    expect((await ssh.scp(session, "there:scan.nii", join(local, "back.nii"))).exitCode).toBe(0);
    expect(readFileSync(join(local, "back.nii")).equals(Buffer.from(bytes))).toBe(true);
  });

  test("keeps a folder the same with rsync", async () => {
    mkdirSync(join(local, "src/deep"), { recursive: true });
    writeFileSync(join(local, "src/deep/train.py"), "print(1)\n");
    expect((await ssh.rsync(session, `${join(local, "src")}/`, "there:/workspace/src/")).exitCode).toBe(0);
    expect(await ssh.say(session, "python3 /workspace/src/deep/train.py")).toBe("1");
  });

  test("forwards a port of the session with -L", async () => {
    await ssh.say(
      session,
      "mkdir -p /tmp/www && echo loss > /tmp/www/index.html && cd /tmp/www && { nohup python3 -m http.server --bind 127.0.0.1 6006 >/dev/null 2>&1 & }",
    );
    const port = await freePort();
    const tunnel = ssh.keepOpen(
      session,
      ["-N", "-L", `127.0.0.1:${port}:127.0.0.1:6006`],
      join(local, "tunnel"),
    );
    try {
      const page = await until("the forwarded page", 10_000, async () =>
        (await fetch(`http://127.0.0.1:${port}/`)).text(),
      );
      expect(page).toBe("loss\n");
    } finally {
      tunnel.kill("SIGTERM");
      await tunnel.exited;
    }
  });

  test("keeps work going in tmux after the connection has ended", async () => {
    await ssh.say(
      session,
      "tmux new-session -d -s train 'sleep 0.5; echo done > /workspace/trained; sleep 60'",
    );
    expect(await ssh.say(session, "tmux list-sessions -F '#{session_name}'")).toBe("train");
    await until(
      "the work in tmux",
      5_000,
      async () => (await ssh.say(session, "cat /workspace/trained")) === "done",
    );
  });

  test("lets a key in at once that was added in the portal, and refuses it at once when it is removed", async () => {
    const laptop = await house.newSshClient();
    expect((await laptop.run(session, "true")).stderr).toContain("Permission denied (publickey)");
    const { id } = await who.expect<{ id: string }>(201, "POST", "/me/ssh-keys", {
      public_key: laptop.publicKey,
      name: "laptop",
    });
    expect(await laptop.say(session, "echo in")).toBe("in");
    await who.expect(200, "DELETE", `/me/ssh-keys/${id}`);
    expect((await laptop.run(session, "true")).stderr).toContain("Permission denied (publickey)");
    expect(await ssh.say(session, "echo still in")).toBe("still in");
  });

  test("refuses somebody else's key, and a client that trusts no CA sees an unknown host", async () => {
    const stranger = await house.newSshClient();
    expect((await stranger.run(session, "true")).exitCode).toBe(255);
    const untrusting = { ...session, host_ca: "" };
    expect((await ssh.run(untrusting, "true")).stderr).toContain("Host key verification failed");
  });
});
