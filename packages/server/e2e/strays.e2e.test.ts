import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Gpu, Orphan } from "@medforge/contracts/admin";
import { simulatedUuid } from "@medforge/runtime/gpus/simulated";

import { nameOf } from "./engine.ts";
import { type House, openHouse } from "./house.ts";
import { machineNamed, named } from "./named.ts";
import { until } from "./until.ts";

const NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Containers that are where a session's would be, or that say they are one. */
describe.skipIf(!machineNamed)("a container that no session made", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ environment: { MEDFORGE_POLL_S: "1" } });
  });
  afterAll(() => house?.close());

  /** Runs `work` while nobody reconciles: the server answers, but another holds the leader's lock. */
  async function whileNobodyLeads<T>(work: () => Promise<T>): Promise<T> {
    await house.server().kill();
    const lock = await until("the leader's lock", 5_000, () => house.db.tryLock("medforge.reconciler"));
    try {
      await house.startServer();
      return await work();
    } finally {
      await lock.release();
    }
  }

  async function placed(slug: string, labels: Readonly<Record<string, string>>, started: boolean) {
    const made = await house.engine.tell<{ Id: string }>("POST", `/containers/create?name=${nameOf(slug)}`, {
      Image: named().image,
      Entrypoint: ["/usr/bin/tini", "--", "sleep", "600"],
      Labels: labels,
      HostConfig: { NetworkMode: "none" },
    });
    if (started) await house.engine.tell("POST", `/containers/${made?.Id}/start`);
    return made?.Id ?? "";
  }

  const labels = (slug: string, sessionId: string, gpu = "") => ({
    "medforge.session": sessionId,
    "medforge.slug": slug,
    "medforge.user": NOBODY,
    "medforge.exposure": "EXTERNAL",
    "medforge.gpu": gpu,
  });

  test("but has the session's name and label, as a crash leaves it, is replaced when the session starts", async () => {
    const { who, ssh } = await house.newKeyHolder();
    const { session, leftover } = await whileNobodyLeads(async () => {
      const asked = await who.start();
      return { session: asked, leftover: await placed(asked.slug, labels(asked.slug, asked.id), false) };
    });
    const running = await who.reaches(session.id, "RUNNING");
    expect((await house.engine.inspect(session.slug))?.Id).not.toBe(leftover);
    expect(await ssh.say(running, "echo in")).toBe("in");
    await who.stopped(session.id);
  }, 40_000);

  test("and is not ours but has the name, is left alone, and the session says why it cannot start", async () => {
    const who = await house.newPerson();
    const { session, foreign } = await whileNobodyLeads(async () => {
      const asked = await who.start();
      return { session: asked, foreign: await placed(asked.slug, {}, true) };
    });
    try {
      await until("the end", 15_000, async () => (await who.session(session.id)).state === "ERROR");
      expect(await who.session(session.id)).toMatchObject({ reason: "start_failed" });
      const there = await house.engine.inspect(session.slug);
      expect(there?.Id).toBe(foreign);
      expect(there?.State.Running).toBe(true);
    } finally {
      await house.engine.remove(foreign);
    }
    expect(await house.leftOf([session])).toEqual([]);
  }, 30_000);

  test("and says it is of a session that has ended, is removed", async () => {
    const who = await house.newPerson();
    const session = await who.running();
    await who.stopped(session.id);
    await placed(session.slug, labels(session.slug, session.id), true);
    await until("the removal", 15_000, async () => (await house.leftOf([session])).length === 0);
  }, 30_000);

  test("and that no row knows, is reported, keeps its GPU, and only an admin removes it", async () => {
    const [who, other, admin] = await Promise.all([
      house.newPerson(),
      house.newPerson(),
      house.newPerson({ admin: true }),
    ]);
    const slug = "orphan22";
    const uuid = simulatedUuid(0);
    const id = await placed(slug, labels(slug, NOBODY, uuid), true);
    try {
      const gpuOf = async () =>
        (await admin.expect<Gpu[]>(200, "GET", "/admin/gpus")).find((gpu) => gpu.uuid === uuid);
      await until("the report", 10_000, async () => (await gpuOf())?.orphan_slug === slug);
      expect(await admin.expect<Orphan[]>(200, "GET", "/admin/orphans")).toEqual([
        { slug, user_id: NOBODY, gpu_uuid: uuid, running: true },
      ]);
      const session = await who.running();
      expect(session.gpu?.uuid).toBe(simulatedUuid(1));
      expect((await other.ask("POST", "/external/sessions", {})).code).toBe("no_gpu_available");
      await who.stopped(session.id);
      expect((await house.engine.inspect(slug))?.State.Running).toBe(true);

      expect((await who.ask("DELETE", `/admin/orphans/${slug}`)).status).toBe(403);
      await admin.expect(200, "DELETE", `/admin/orphans/${slug}`);
      expect(await house.engine.inspect(slug)).toBeUndefined();
      await until("the GPU to be free", 10_000, async () => (await gpuOf())?.orphan_slug === null);
    } finally {
      await house.engine.remove(id);
    }
  }, 40_000);
});
