import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

import type { Session } from "@medforge/contracts/sessions";

import { type House, must, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";

/** The first paragraph of what MedForge is for, through the front door and the OpenSSH client. */
describe.skipIf(!machineNamed)("a person and their GPU session", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  test("signs up, gets a session over SSH, stops it, and finds files, port and host key where they were", async () => {
    const ada = house.stranger();
    const ssh = await house.newSshClient();
    await ada.expect(201, "POST", "/auth/signup", {
      email: "ada@example.org",
      password: "correct horse battery",
      display_name: "Ada",
    });
    await ada.expect(201, "POST", "/me/ssh-keys", { public_key: ssh.publicKey });

    // Somebody else has the lowest port, so that Ada's is not the one that everybody would get.
    const bob = await house.newPerson();
    const neighbour = await bob.running();
    const first = await ada.running();
    expect(first.ssh?.port).not.toBe(neighbour.ssh?.port ?? 0);
    expect(await ssh.say(first, "id -un; pwd; hostname")).toBe(`medforge\n/workspace\nmf-${first.slug}`);
    await ssh.say(first, "mkdir models && echo 'dice 0.91' > models/notes.txt");
    await ownGpuOnly(house, first, await ssh.say(first, "ls /dev | grep simulated-gpu"));
    const hostKey = await hostKeyOf(first);

    const stopped = await ada.stopped(first.id);
    expect(stopped).toMatchObject({ state: "STOPPED", reason: "stop_requested", ssh: null });
    expect(stopped.snapshot).toMatch(/^stop-\d{13}$/);
    const dataset = await datasetOf(house, first);
    const listed = await ada.expect<{ name: string }[]>(
      200,
      "GET",
      `/workspaces/${first.workspace.id}/snapshots`,
    );
    expect(listed.map(({ name }) => name)).toEqual([stopped.snapshot ?? ""]);
    expect((await must(["zfs", "list", "-H", "-t", "snapshot", "-o", "name", "-r", dataset])).trim()).toBe(
      `${dataset}@${stopped.snapshot}`,
    );
    expect(await house.leftOf([first])).toEqual([]);

    await bob.stopped(neighbour.id);
    const second = await ada.running();
    expect(second.slug).not.toBe(first.slug);
    expect(second.workspace.id).toBe(first.workspace.id);
    expect(second.ssh?.port).toBe(first.ssh?.port ?? -1);
    expect(second.host_ca).toBe(first.host_ca);
    expect(await hostKeyOf(second)).toBe(hostKey);
    expect(await ssh.say(second, "cat models/notes.txt")).toBe("dice 0.91");
    await ada.stopped(second.id);
  }, 60_000);

  test("sees the events of a session from its first to its last state", async () => {
    const who = await house.newPerson();
    const { id } = await who.running();
    await who.stopped(id);
    const cookieless = await fetch(`${house.server().url}/api/v2/external/sessions/${id}/events`);
    expect(cookieless.status).toBe(401);
    const rows = await house.db.events.ofSession(id, undefined);
    expect(rows.map(({ toState }) => toState)).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED"]);
    expect(rows[2]?.actor).toBe(`user:${who.id}`);
  }, 30_000);

  async function ownGpuOnly(home: House, session: Session, nodes: string) {
    const index = Number.parseInt(session.gpu?.uuid.slice(-12) ?? "", 16);
    expect(nodes).toBe(`simulated-gpu${index}`);
    // The host has them all: what is missing inside is missing because it was not granted.
    expect(existsSync(join(home.folder, "gpus", `simulated-gpu${1 - index}`))).toBe(true);
    const shown = await home.engine.inspect(session.slug);
    expect(shown?.Config.Labels).toMatchObject({
      "medforge.session": session.id,
      "medforge.exposure": "EXTERNAL",
    });
  }
});

async function datasetOf(house: House, { id, workspace }: Session): Promise<string> {
  const row = await house.db.sessions.byId(id);
  return `${house.zfsRoot}/${row?.session.userId}/${workspace.id}`;
}

/** What sshd shows, its certificate aside. */
async function hostKeyOf({ ssh }: Session): Promise<string> {
  const shown = await must(["ssh-keyscan", "-T", "5", "-t", "ed25519", "-p", String(ssh?.port), "127.0.0.1"]);
  return shown.trim().split(" ").at(-1) ?? "";
}
