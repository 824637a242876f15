import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type House, must, openHouse } from "./house.ts";
import { killEngine, startEngine } from "./lab-engine.ts";
import { inLab, machineNamed } from "./named.ts";
import { type PrivateDatabase, privateDatabase } from "./private-database.ts";
import { until } from "./until.ts";

/** One of the things that MedForge stands on is away for a while. */

describe.skipIf(!inLab)("while the engine is killed and started again", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house?.close());

  test("sessions go on: the same container, the same port, files and all", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    const before = await house.engine.inspect(session.slug);
    const killed = await killEngine();
    const meanwhile = await who.session(session.id);
    await startEngine(killed, house.engine, house.folder);
    await until("SSH after the restart", 15_000, async () => (await ssh.say(session, "echo in")) === "in");
    const after = await house.engine.inspect(session.slug);
    expect({ id: after?.Id, pid: after?.State.Pid }).toEqual({
      id: before?.Id ?? "",
      pid: before?.State.Pid ?? 0,
    });
    expect(meanwhile.state).toBe("RUNNING");
    expect(await who.session(session.id)).toMatchObject({ state: "RUNNING", ssh: session.ssh });
    await who.stopped(session.id);
  }, 60_000);

  test("a session whose container ended meanwhile is an ERROR with its exit code, and a later one starts", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const session = await who.running();
    await ssh.say(session, "echo kept > file && sync");
    const pid = (await house.engine.inspect(session.slug))?.State.Pid ?? 0;
    const killed = await killEngine();
    process.kill(pid, "SIGKILL");
    await Bun.sleep(300);
    expect((await who.session(session.id)).state).toBe("RUNNING");
    await startEngine(killed, house.engine, house.folder);
    await until("the end", 20_000, async () => (await who.session(session.id)).state === "ERROR");
    expect(await who.session(session.id)).toMatchObject({
      reason: "container_died",
      snapshot: expect.stringMatching(/^death-/),
    });
    expect(await house.leftOf([session])).toEqual([]);
    const next = await who.running();
    expect(await ssh.say(next, "cat file")).toBe("kept");
    await who.stopped(next.id);
  }, 60_000);

  test("a session that is asked for waits, and comes up when the engine is back", async () => {
    const who = await house.newPerson();
    const killed = await killEngine();
    const session = await who.start();
    await Bun.sleep(700);
    expect((await who.session(session.id)).state).toBe("STARTING");
    await startEngine(killed, house.engine, house.folder);
    await who.reaches(session.id, "RUNNING");
    await who.stopped(session.id);
  }, 60_000);
});

describe.skipIf(!machineNamed)("while MariaDB is killed and started again", () => {
  let house: House;
  let database: PrivateDatabase;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mf-db-"));
    database = await privateDatabase(folder);
    house = await openHouse({ databaseUrl: database.url });
  }, 30_000);
  afterAll(async () => {
    await house?.close();
    await database?.end();
    rmSync(folder, { recursive: true });
  });

  test("in the middle of a start, requests get 503 with Retry-After, then the session comes up", async () => {
    const { who, ssh } = await house.newKeyHolder();
    for (const waitMs of [20, 150, 300]) {
      const session = await who.start();
      await Bun.sleep(waitMs);
      await database.kill();
      const refused = await who.ask("GET", `/external/sessions/${session.id}`);
      expect(refused).toMatchObject({ status: 503, code: "database_unavailable" });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await fetch(`${house.server().url}/healthz`)).status).toBe(200);
      await database.start();
      const running = await who.reaches(session.id, "RUNNING");
      expect(await ssh.say(running, "echo in")).toBe("in");
      await who.stopped(session.id);
    }
  }, 90_000);

  test("in the middle of a stop, the session is STOPPED afterwards", async () => {
    const who = await house.newPerson();
    const session = await who.running();
    await who.stop(session.id);
    await Bun.sleep(100);
    await database.kill();
    await Bun.sleep(500);
    await database.start();
    const over = await who.reaches(session.id, "STOPPED");
    expect(over.snapshot).toMatch(/^stop-/);
    expect(await house.leftOf([session])).toEqual([]);
  }, 60_000);
});

describe.skipIf(!machineNamed)("while the ZFS pool is missing", () => {
  let house: House;
  let folder: string;
  const failedOnce = async (id: string) => ((await house.db.sessions.byId(id))?.session.attempts ?? 0) > 0;
  const pool = `mfe2e${process.pid}`;
  const takePoolAway = () =>
    until(
      "the pool to be free",
      10_000,
      async () => {
        await must(["zpool", "export", pool]);
        return true;
      },
      200,
    );
  const bringPoolBack = () => must(["zpool", "import", "-d", folder, "-o", "cachefile=none", pool]);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mf-pool-"));
    writeFileSync(join(folder, "pool.img"), "");
    truncateSync(join(folder, "pool.img"), 256 * 1024 ** 2);
    await must(["chmod", "0711", folder]);
    await must([
      "zpool",
      "create",
      "-f",
      "-o",
      "cachefile=none",
      "-m",
      join(folder, "mnt"),
      pool,
      join(folder, "pool.img"),
    ]);
    await must(["zfs", "create", `${pool}/workspaces`]);
    house = await openHouse({
      zfsRoot: `${pool}/workspaces`,
      environment: { MEDFORGE_START_DEADLINE_S: "4" },
    });
  }, 30_000);
  afterAll(async () => {
    await house?.close();
    await must(["zpool", "destroy", "-f", pool]);
    rmSync(folder, { recursive: true });
  });

  test("a session that is asked for ends as an ERROR that says why; with the pool back, the next one has its files", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const first = await who.running();
    await ssh.say(first, "echo kept > file");
    await who.stopped(first.id);

    await takePoolAway();
    const session = await who.start();
    await until("a first failure", 5_000, () => failedOnce(session.id));
    await until("the end", 30_000, async () => (await who.session(session.id)).state === "ERROR");
    const over = await who.session(session.id);
    expect(over).toMatchObject({ reason: "start_timed_out", running_at: null, snapshot: null });
    expect(over.message).toContain("No snapshot of its workspace could be taken");
    expect(await house.leftOf([session])).toEqual([]);

    await bringPoolBack();
    const next = await who.running();
    expect(await ssh.say(next, "cat file")).toBe("kept");
    await who.stopped(next.id);
  }, 80_000);

  test("a session that is asked for while the pool comes back in time just starts", async () => {
    const who = await house.newPerson();
    await takePoolAway();
    const session = await who.start();
    await until("a first failure", 5_000, () => failedOnce(session.id));
    await bringPoolBack();
    await who.stopped((await who.reaches(session.id, "RUNNING")).id);
  }, 60_000);
});
