import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import type { Viewer } from "@medforge/core/access";
import { MedforgeError } from "@medforge/core/errors";
import { slugFrom } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";

import { type House, TEST_IMAGE, testHouse } from "../../testing.ts";
import { createSession, stopSession } from "./service.ts";

describe.if(databaseNamed)("allocation", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 2 });
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    for (const details of await house.db.sessions.unfinished()) {
      await stopSession(house.deps, details, "admin:test", "admin_stop");
    }
    await house.reconciler.pass();
  });

  const member = async (sessions = 1): Promise<Viewer> => {
    const { id } = await house.signup({ sessions });
    return { userId: id, role: "member", canUseInternal: false };
  };
  const create = (viewer: Viewer, wish: Parameters<typeof createSession>[3] = {}) =>
    createSession(house.deps, viewer, "EXTERNAL", wish);
  const refusal = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    return error instanceof MedforgeError ? `${error.code}: ${error.message}` : String(error);
  };

  test("of 20 who ask at once for 2 GPUs, 2 get one and 18 are told that none is free", async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => member()));
    const answers = await Promise.all(people.map((viewer) => refusal(create(viewer))));
    expect(answers.filter((answer) => answer === "undefined").length).toBe(2);
    expect(
      answers.filter((answer) => answer.startsWith("no_gpu_available: Every GPU is in use.")).length,
    ).toBe(18);
    const active = await house.db.sessions.unfinished();
    expect(new Set(active.map(({ session }) => session.gpuId)).size).toBe(2);
    expect(new Set(active.map(({ session }) => session.sshPort)).size).toBe(2);
  });

  test("one person asking ten times at once gets no more than the limit", async () => {
    const viewer = await member(1);
    const answers = await Promise.all(Array.from({ length: 10 }, () => refusal(create(viewer))));
    expect(answers.filter((answer) => answer === "undefined").length).toBe(1);
    // Who waits for the user's lock sees either the workspace taken or the limit reached.
    for (const answer of answers.filter((one) => one !== "undefined")) {
      expect(answer).toMatch(/^(workspace_in_use|session_limit_reached): /);
    }
  });

  test("nobody overtakes the queue, not even when a GPU is free again", async () => {
    const [a, b, waiting, newcomer] = await Promise.all([member(), member(), member(), member()]);
    if (!a || !b || !waiting || !newcomer) throw new Error("four people");
    const { session: first } = await create(a);
    await create(b);
    expect((await create(waiting, { queue: true })).session.state).toBe("QUEUED");
    await house.reconciler.pass();
    const running = await house.db.sessions.byId(first.id);
    if (running === undefined) throw new Error("the first session is there");
    await stopSession(house.deps, running, `user:${a.userId}`, "stop_requested");
    await house.reconciler.one(first.id);
    expect(await refusal(create(newcomer))).toStartWith(
      "no_gpu_available: 1 session is waiting for a GPU already",
    );
    await house.reconciler.glance();
    const states = (await house.db.sessions.unfinished()).map(({ session }) => [
      session.userId,
      session.state,
    ]);
    expect(states).toContainEqual([waiting.userId, "RUNNING"]);
  });

  test("a disabled person waits without blocking the others", async () => {
    const [a, b, barred, next] = await Promise.all([member(), member(), member(), member()]);
    if (!a || !b || !barred || !next) throw new Error("four people");
    await create(a);
    const { session } = await create(b);
    await create(barred, { queue: true });
    await create(next, { queue: true });
    await house.db.users.update(barred.userId, { disabledAt: 1 });
    await house.reconciler.pass();
    const running = await house.db.sessions.byId(session.id);
    if (running === undefined) throw new Error("the session is there");
    await stopSession(house.deps, running, `user:${b.userId}`, "stop_requested");
    await house.reconciler.pass();
    await house.reconciler.pass();
    const states = new Map(
      (await house.db.sessions.unfinished()).map(({ session: s }) => [s.userId, s.state]),
    );
    expect([states.get(barred.userId), states.get(next.userId)]).toEqual(["QUEUED", "RUNNING"]);
  });

  test("what a container without a row holds is given to nobody: its GPU, its port and its workspace", async () => {
    const viewer = await member(2);
    const other = await member();
    const { session } = await create(viewer);
    await house.reconciler.pass();
    const running = await house.db.sessions.byId(session.id);
    if (running === undefined || session.sshPort === null) throw new Error("the session is there");
    await stopSession(house.deps, running, `user:${viewer.userId}`, "stop_requested");
    await house.reconciler.pass();
    // As after a database was restored from a backup: a container of ours that nobody knows.
    const slug = slugFrom(Uint8Array.of(9, 9, 9, 9, 9));
    await house.deps.containers.start({
      slug,
      sessionId: "01890a5d-ac96-774b-bcce-b302099a8057",
      userId: viewer.userId,
      workspaceId: session.workspaceId,
      exposure: "EXTERNAL",
      image: TEST_IMAGE,
      sshPort: session.sshPort,
      workspacePath: "/memory/orphan",
      keysPath: "/memory/keys",
      datasets: [],
      gpuUuid: running.gpu?.uuid ?? "",
      gpu: { by: "nothing" },
      limits: { cpus: 1, memoryBytes: 1e9, pidsMax: 100, shmBytes: 1e6 },
    });
    await house.reconciler.pass();
    expect(await refusal(create(viewer))).toStartWith("workspace_in_use: ");
    const granted = await create(other);
    expect(granted.gpu?.uuid).not.toBe(running.gpu?.uuid);
    expect(granted.session.sshPort).not.toBe(session.sshPort);
    expect(await refusal(create(await member()))).toStartWith("no_gpu_available: ");
    expect(house.engine.containers.get(slug)?.state.is).toBe("running");
    house.engine.remove(slug);
    house.engine.networks.delete(slug);
    await house.reconciler.pass();
    expect(await refusal(create(viewer))).toBe("undefined");
  });
});

describe.if(databaseNamed)("a stop", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 1 });
  });
  afterAll(() => house.close());

  test("is a wish that may be written down twice, in any state", async () => {
    const { id } = await house.signup();
    const viewer: Viewer = { userId: id, role: "member", canUseInternal: false };
    const details = await createSession(house.deps, viewer, "EXTERNAL", {});
    const stopping = await stopSession(house.deps, details, `user:${id}`, "stop_requested");
    expect([stopping.session.state, stopping.session.reason]).toEqual(["STOPPING", "cancelled"]);
    expect((await stopSession(house.deps, details, `user:${id}`, "admin_stop")).session.reason).toBe(
      "cancelled",
    );
    await house.reconciler.pass();
    const stopped = await house.db.sessions.byId(details.session.id);
    expect(stopped?.session.state).toBe("STOPPED");
    if (stopped === undefined) return;
    expect((await stopSession(house.deps, stopped, `user:${id}`, "stop_requested")).session.state).toBe(
      "STOPPED",
    );
    expect((await house.db.events.ofSession(details.session.id)).map(({ toState }) => toState)).toEqual([
      "STARTING",
      "STOPPING",
      "STOPPED",
    ]);
  });
});
