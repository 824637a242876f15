import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { type House, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";
import { until } from "./until.ts";

/** The API is killed with SIGKILL, at rest and at any moment of a start and a stop; nobody who works notices. */
describe.skipIf(!machineNamed)("after a SIGKILL of the API", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house?.close());

  const pause = (msMax: number) => Bun.sleep(Math.floor(Math.random() * msMax));
  const restart = async () => {
    await house.server().kill();
    await house.startServer();
  };

  test("an open SSH connection is not dropped; container, GPU and port are the same", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const before = await who.running();
    const container = await house.engine.inspect(before.slug);
    const log = join(house.folder, "counting.log");
    const count = async () => (await Bun.file(log).text()).trim().split("\n").filter(Boolean).map(Number);
    const open = ssh.keepOpen(before, ["i=0; while :; do echo $((i+=1)); sleep 0.05; done"], log);
    await until("the first numbers", 10_000, async () => (await count()).length > 3);

    await house.server().kill();
    const atDeath = (await count()).length;
    await until("numbers while no API runs", 5_000, async () => (await count()).length > atDeath + 5);
    await house.startServer();
    await until("the new leader", 10_000, async () =>
      (await house.server().logged("session.reconcile")).some(({ leading }) => leading === true),
    );
    const atRestart = (await count()).length;
    await until("numbers afterwards", 5_000, async () => (await count()).length > atRestart + 20);

    const numbers = await count();
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    const after = await who.session(before.id);
    expect(after).toMatchObject({ state: "RUNNING", gpu: before.gpu, ssh: before.ssh });
    const same = await house.engine.inspect(before.slug);
    expect({ id: same?.Id, ...same?.State }).toEqual({ id: container?.Id ?? "", ...container?.State });
    open.kill("SIGTERM");
    await open.exited;
    await who.stopped(before.id);
  }, 40_000);

  test("at any moment of a start, the session comes up once, or ends and says why", async () => {
    const { who, ssh } = await house.newKeyHolder();
    for (let round = 0; round < 4; round++) {
      const asked = await who.start();
      await pause(500);
      await restart();
      const session = await who.reaches(asked.id, "RUNNING");
      expect(await ssh.say(session, "echo in")).toBe("in");
      const { slug } = session;
      const things = new Set(await house.leftOf([session]));
      expect(things).toEqual(new Set([`/mf-session-${slug}`, `mf-net-${slug}`, slug]));
      await who.stopped(session.id);
      expect(await house.leftOf([session])).toEqual([]);
    }
  }, 90_000);

  test("at any moment of a stop, the session is STOPPED with its snapshot and nothing left", async () => {
    const who = await house.newPerson();
    for (let round = 0; round < 4; round++) {
      const session = await who.running();
      await who.stop(session.id);
      await pause(400);
      await restart();
      const over = await who.reaches(session.id, "STOPPED");
      expect(over.snapshot).toMatch(/^stop-/);
      const kept = await who.expect<{ name: string }[]>(
        200,
        "GET",
        `/workspaces/${session.workspace.id}/snapshots`,
      );
      // One a round: a snapshot that was taken before the crash is not taken again.
      expect(kept.length).toBe(round + 1);
      expect(await house.leftOf([session])).toEqual([]);
    }
  }, 90_000);

  test("a request that was answered is never forgotten, one that was not may be", async () => {
    const who = await house.newPerson();
    const asking = who.ask<{ id: string }>("POST", "/external/sessions", {}).catch(() => undefined);
    await pause(30);
    await house.server().kill();
    const answered = await asking;
    await house.startServer();
    const current = await who.expect<{ id: string } | null>(200, "GET", "/external/sessions/current");
    if (answered !== undefined) expect(current?.id).toBe(answered.data.id);
    if (current !== null) {
      await who.reaches(current.id, "RUNNING");
      await who.stopped(current.id);
    }
  }, 30_000);

  test("another API process that waited takes over", async () => {
    const who = await house.newPerson();
    const first = house.server();
    const second = await house.startServer();
    // The second answers, the first one works.
    const session = await who.running();
    const leads = async (server: typeof first) =>
      (await server.logged("session.reconcile")).some(({ leading }) => leading === true);
    expect(await leads(first)).toBe(true);
    expect(await leads(second)).toBe(false);
    await first.kill();
    await until("the second to lead", 10_000, () => leads(second));
    await who.stopped(session.id);
    expect(await second.logged("session.stop")).toMatchObject([{ slug: session.slug }]);
  }, 30_000);

  test("a server that is asked to end does so by itself", async () => {
    expect(await house.server().stop()).toBe(0);
    await house.startServer();
  }, 20_000);
});
