import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseFault } from "./faults.ts";
import type { Session } from "./queries/sessions.ts";
import { databaseNamed, type ScratchDatabase, scratchDatabase } from "./testing.ts";
import { gpuRow, NOW, newId, packRow, sessionRow, userRow, workspaceRow } from "./testing-rows.ts";

describe.if(databaseNamed)("the database", () => {
  let scratch: ScratchDatabase;
  beforeAll(async () => {
    scratch = await scratchDatabase();
  });
  afterAll(() => scratch.drop());

  async function household(
    gpus: number,
  ): Promise<{ userId: string; workspaceId: string; packId: string; gpuIds: string[] }> {
    const { db } = scratch;
    const [user, pack] = [userRow({ displayName: "Änne 🧠" }), packRow()];
    const workspace = workspaceRow({ userId: user.id });
    const devices = Array.from({ length: gpus }, () => gpuRow());
    await db.users.add(user);
    await db.workspaces.add(workspace);
    await db.packs.add(pack);
    for (const device of devices) await db.gpus.add(device);
    return {
      userId: user.id,
      workspaceId: workspace.id,
      packId: pack.id,
      gpuIds: devices.map(({ id }) => id),
    };
  }

  const session = (
    home: { userId: string; workspaceId: string; packId: string },
    gpuId: string,
    sshPort: number,
    state: Session["state"] = "STARTING",
  ): Session =>
    sessionRow({
      userId: home.userId,
      workspaceId: home.workspaceId,
      packId: home.packId,
      gpuId,
      sshPort,
      state,
    });

  const outcome = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
      return "done";
    } catch (error) {
      const fault = databaseFault(error);
      return fault?.is === "duplicate" ? fault.index : `other: ${error}`;
    }
  };

  test("migrating twice runs nothing the second time, and nothing is pending", async () => {
    expect(await scratch.db.migrate()).toBe(0);
    expect(await scratch.db.pendingMigrations()).toBe(0);
  });

  test("milliseconds, emoji and umlauts come back as they went in", async () => {
    const { userId } = await household(0);
    const user = await scratch.db.users.byId(userId);
    expect(user?.createdAt).toBe(NOW);
    expect(user?.displayName).toBe("Änne 🧠");
  });

  test("the database itself refuses a second active session on one GPU, one port or one workspace", async () => {
    const { db } = scratch;
    const [a, b] = [await household(2), await household(1)];
    const [gpuA = "", gpuA2 = ""] = a.gpuIds;
    const [gpuB = ""] = b.gpuIds;
    const first = session(a, gpuA, 20001);
    expect(await outcome(db.sessions.add(first, "loop"))).toBe("done");
    expect(await outcome(db.sessions.add(session(b, gpuA, 20002), "loop"))).toBe("sessions_active_gpu");
    expect(await outcome(db.sessions.add(session(b, gpuB, 20001), "loop"))).toBe("sessions_active_ssh_port");
    expect(await outcome(db.sessions.add(session(a, gpuA2, 20003), "loop"))).toBe(
      "sessions_active_workspace",
    );
    const stopping = {
      from: "STARTING",
      to: "STOPPING",
      at: NOW + 1,
      actor: "loop",
      reason: "stop_requested",
    } as const;
    expect(await db.sessions.move(first.id, stopping)).toBe(true);
    expect(await outcome(db.sessions.add(session(b, gpuA, 20002), "loop"))).toBe("sessions_active_gpu");
    expect(
      await db.sessions.move(first.id, { from: "STOPPING", to: "STOPPED", at: NOW + 2, actor: "loop" }),
    ).toBe(true);
    expect(await outcome(db.sessions.add(session(b, gpuA, 20001), "loop"))).toBe("done");
  });

  test("of 50 racing for one GPU one wins and 49 are told which index refused them", async () => {
    const homes = await Promise.all(Array.from({ length: 50 }, () => household(0)));
    const { gpuIds } = await household(1);
    const results = await Promise.all(
      homes.map((home, i) =>
        outcome(scratch.db.sessions.add(session(home, gpuIds[0] ?? "", 30_000 + i), "loop")),
      ),
    );
    expect(results.filter((r) => r === "done").length).toBe(1);
    expect(results.filter((r) => r === "sessions_active_gpu").length).toBe(49);
  });

  test("a move happens only from the state that was seen, and every move leaves an event in order", async () => {
    const home = await household(1);
    const row = session(home, home.gpuIds[0] ?? "", 20100);
    await scratch.db.sessions.add(row, `user:${home.userId}`);
    const running = { from: "STARTING", to: "RUNNING", at: NOW, actor: "loop" } as const;
    expect(await scratch.db.sessions.move(row.id, running)).toBe(true);
    expect(await scratch.db.sessions.move(row.id, running)).toBe(false);
    const events = await scratch.db.events.ofSession(row.id);
    expect(events.map((e) => [e.fromState, e.toState])).toEqual([
      [null, "STARTING"],
      ["STARTING", "RUNNING"],
    ]);
    expect((await scratch.db.events.ofSession(row.id, events[0]?.id)).length).toBe(1);
  });

  test("a deleted workspace frees its name", async () => {
    const home = await household(0);
    const again = { ...(await scratch.db.workspaces.byId(home.workspaceId)), id: newId() };
    const row = again as Parameters<typeof scratch.db.workspaces.add>[0];
    expect(await outcome(scratch.db.workspaces.add(row))).toBe("workspaces_live_name");
    await scratch.db.workspaces.markDeleted(home.workspaceId, NOW, null);
    await scratch.db.workspaces.add(row);
    expect((await scratch.db.workspaces.byName(home.userId, "main"))?.id).toBe(row.id);
  });

  test("a rate limit counts within its window and starts anew after it", async () => {
    const hit = (at: number) => scratch.db.rateLimits.hit("login:test", at, 1000);
    expect((await hit(NOW)).hits).toBe(1);
    expect(await hit(NOW + 999)).toEqual({ hits: 2, windowEndsAt: NOW + 1000 });
    expect(await hit(NOW + 1000)).toEqual({ hits: 1, windowEndsAt: NOW + 2000 });
  });

  test("one process at a time holds a named lock, and another gets it when the holder is gone", async () => {
    const first = await scratch.db.tryLock("reconciler");
    expect(await first?.held()).toBe(true);
    expect(await scratch.db.tryLock("reconciler")).toBeUndefined();
    await first?.release();
    const second = await scratch.db.tryLock("reconciler");
    expect(await second?.held()).toBe(true);
    expect(await first?.held()).toBe(false);
    await second?.release();
  });

  test("GPU seconds count up to the moment of death, and only within the window", async () => {
    const home = await household(1);
    const row = { ...session(home, home.gpuIds[0] ?? "", 20200), allocatedAt: NOW - 10_000 };
    await scratch.db.sessions.add(row, "loop");
    expect((await scratch.db.sessions.gpuSecondsSince(NOW - 4_000, NOW)).get(home.userId)).toBe(4);
    const died = {
      from: "STARTING",
      to: "STOPPING",
      at: NOW,
      actor: "loop",
      reason: "container_died",
      set: { gpuUntil: NOW - 7_000 },
    } as const;
    await scratch.db.sessions.move(row.id, died);
    expect((await scratch.db.sessions.gpuSecondsSince(NOW - 20_000, NOW)).get(home.userId)).toBe(3);
  });
});

describe("database faults", () => {
  test("a server that is not there is `lost`, not a mistake of ours", async () => {
    const { openDatabase } = await import("./database.ts");
    const db = openDatabase("mysql://nobody@localhost/none?socketPath=/nonexistent/mysql.sock");
    const error = await db.users.byId("x").catch((e: unknown) => e);
    expect(databaseFault(error)).toEqual({ is: "lost" });
    await db.close();
  });
});
