import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type House, openHouse } from "./house.ts";
import { machineNamed, named } from "./named.ts";
import { until } from "./until.ts";

/** Every way a session ends, on a real engine: with a true reason, its files kept, and nothing left behind. */
describe.skipIf(!machineNamed)("a session that ends", () => {
  let house: House;
  let hungPack: string;
  let hungImage: string | undefined;
  beforeAll(async () => {
    house = await openHouse({ environment: { MEDFORGE_START_DEADLINE_S: "6" } });
    hungImage = await house.engine.imageThatRuns(named().image, ["/usr/bin/tini", "--", "sleep", "600"]);
    hungPack = await house.addPack("hung", hungImage);
  });
  afterAll(async () => {
    await house?.close();
    if (hungImage !== undefined) await house.engine.removeImage(hungImage);
  });

  test("by itself, is an ERROR that names the exit code, with a snapshot of the moment", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    await ssh.say(session, "echo precious > work && sync");
    const before = Date.now();
    await house.engine.kill(session.slug);
    const diedAt = Date.now();
    await until("the end", 10_000, async () => (await who.session(session.id)).state === "ERROR");
    const over = await who.session(session.id);
    expect(over).toMatchObject({ reason: "container_died", ssh: null });
    expect(over.message).toContain("exit code 137");
    expect(over.snapshot).toMatch(/^death-\d{13}$/);
    expect(await house.leftOf([session])).toEqual([]);
    const row = (await house.db.sessions.byId(session.id))?.session;
    expect(row?.gpuUntil).toBeGreaterThanOrEqual(before - 1_000);
    expect(row?.gpuUntil).toBeLessThanOrEqual(diedAt + 50);

    const next = await who.running();
    expect(await ssh.say(next, "cat work")).toBe("precious");
    await who.stopped(next.id);
  }, 30_000);

  test("for lack of memory, says so", async () => {
    const who = await house.newPerson();
    const session = await who.running();
    // sshd becomes the kernel's first choice; a child alone would only end itself.
    await house.engine.insideAsRoot(
      session.slug,
      "echo 1000 > /proc/$(pgrep -o sshd)/oom_score_adj; head -c 600m /dev/zero | tail",
    );
    await until("the end", 20_000, async () => (await who.session(session.id)).state === "ERROR");
    expect(await who.session(session.id)).toMatchObject({ reason: "container_out_of_memory" });
    expect(await house.leftOf([session])).toEqual([]);
  }, 30_000);

  test("a child that needs too much memory ends alone: the session goes on", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    const eater = await ssh.run(session, "python3 -c 'b\"x\" * (600 << 20)'; echo $?");
    expect(eater.stdout.trim()).toBe("137");
    expect(await ssh.say(session, "echo here")).toBe("here");
    expect((await who.session(session.id)).state).toBe("RUNNING");
    await who.stopped(session.id);
  }, 30_000);

  test("before its sshd ever answered, is an ERROR after the deadline", async () => {
    const who = await house.newPerson();
    const session = await who.start({ pack_id: hungPack });
    await until("the end", 20_000, async () => (await who.session(session.id)).state === "ERROR");
    const over = await who.session(session.id);
    expect(over).toMatchObject({ reason: "start_timed_out", running_at: null });
    expect(over.message).toContain("within 6 s");
    expect(await house.leftOf([session])).toEqual([]);
    const next = await who.running();
    await who.stopped(next.id);
  }, 40_000);

  test("because its pack is no image here, is an ERROR at once", async () => {
    const who = await house.newPerson();
    const pack = await house.addPack("gone", `sha256:${"0".repeat(64)}`);
    const session = await who.start({ pack_id: pack });
    await until("the end", 10_000, async () => (await who.session(session.id)).state === "ERROR");
    const over = await who.session(session.id);
    expect(over.reason).toBe("start_failed");
    expect(over.message).toContain("image");
    expect(await house.leftOf([session])).toEqual([]);
  }, 20_000);

  test("cancelled while it starts, at any moment, is STOPPED with nothing left", async () => {
    const who = await house.newPerson();
    for (const waitMs of [0, 40, 120, 250, 400]) {
      const session = await who.start();
      await Bun.sleep(waitMs);
      await who.stop(session.id);
      const over = await who.reaches(session.id, "STOPPED");
      expect(["cancelled", "stop_requested"]).toContain(over.reason ?? "");
      expect(await house.leftOf([session])).toEqual([]);
    }
  }, 40_000);

  test("cancelled while its sshd hangs does not wait for the deadline", async () => {
    const who = await house.newPerson();
    const session = await who.start({ pack_id: hungPack });
    await until(
      "the container",
      5_000,
      async () => (await house.engine.inspect(session.slug))?.State.Running,
    );
    const askedAt = Date.now();
    await who.stop(session.id);
    expect(await who.reaches(session.id, "STOPPED")).toMatchObject({ reason: "cancelled" });
    // The grace of 3 s is for the hung process, which ignores SIGTERM as tini's child may.
    expect(Date.now() - askedAt).toBeLessThan(5_000);
    expect(await house.leftOf([session])).toEqual([]);
  }, 30_000);

  test("asked for twice, and twice at once, ends once", async () => {
    const who = await house.newPerson();
    const session = await who.running();
    await Promise.all([who.stop(session.id), who.stop(session.id)]);
    await who.stop(session.id);
    const over = await who.reaches(session.id, "STOPPED");
    expect(await who.stop(session.id)).toMatchObject({ state: "STOPPED", snapshot: over.snapshot });
    const moves = await house.db.events.ofSession(session.id, undefined);
    expect(moves.map(({ toState }) => toState)).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED"]);
  }, 30_000);

  test("stopped by an admin, names the admin", async () => {
    const [who, admin] = await Promise.all([house.newPerson(), house.newPerson({ admin: true })]);
    const session = await who.running();
    expect((await who.ask("POST", `/admin/sessions/${session.id}/stop`)).status).toBe(403);
    await admin.expect(202, "POST", `/admin/sessions/${session.id}/stop`);
    const over = await who.reaches(session.id, "STOPPED");
    expect(over).toMatchObject({ reason: "admin_stop", snapshot: expect.stringMatching(/^stop-/) });
    const moves = await house.db.events.ofSession(session.id, undefined);
    expect(moves.find(({ toState }) => toState === "STOPPING")?.actor).toBe(`admin:${admin.id}`);
  }, 30_000);

  test("removed from outside MedForge, is an ERROR that says so, and its files are kept", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    await ssh.say(session, "echo kept > file");
    await house.engine.remove(`mf-session-${session.slug}`);
    await until("the end", 10_000, async () => (await who.session(session.id)).state === "ERROR");
    const over = await who.session(session.id);
    // The engine tells of the death before the removal: either is what happened.
    expect(["container_vanished", "container_died"]).toContain(over.reason ?? "");
    expect(over.snapshot).toMatch(/^death-/);
    expect(await house.leftOf([session])).toEqual([]);
    const next = await who.running();
    expect(await ssh.say(next, "cat file")).toBe("kept");
    await who.stopped(next.id);
  }, 30_000);
});
