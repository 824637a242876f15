import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { settleWorkspaces } from "../../loops/workspaces.ts";
import { type House, testHouse } from "../../testing.ts";

const PATH = "/api/v2/workspaces";

describe.if(databaseNamed)("workspaces", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 8 });
  });
  afterAll(() => house.close());

  const ask = (method: string, path: string, cookie: string, body?: unknown) =>
    house.request(method, `${PATH}${path}`, { cookie, ...(body === undefined ? {} : { body }) });
  const idOf = (answered: { body: { data?: unknown } }) => (answered.body.data as { id: string }).id;
  const names = (answered: { body: { data?: unknown } }) =>
    (answered.body.data as { name: string }[]).map(({ name }) => name);

  /** A user with a workspace that has files and the snapshot `before`. */
  async function furnished() {
    const user = await house.signup();
    const id = idOf(await ask("POST", "", user.cookie, { name: "work" }));
    const ref = { userId: user.id, workspaceId: id };
    await house.deps.workspaces.ensure(ref, 1e9);
    house.disk.write(ref, "notes", "first");
    expect((await ask("POST", `/${id}/snapshots`, user.cookie, { name: "before" })).status).toBe(201);
    house.disk.write(ref, "notes", "second");
    return { ...user, workspace: id, ref };
  }

  /** Asks while the loop works, as it does in life. */
  async function withLoop<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    while (!over) {
      await settleWorkspaces(house.deps);
      await house.pass(250);
    }
    return done;
  }

  test("are made, renamed, listed with their usage, and nobody else's", async () => {
    const { cookie, workspace } = await furnished();
    const eve = await house.signup();
    expect((await ask("GET", `/${workspace}`, cookie)).body.data).toMatchObject({
      name: "work",
      usage: { used_bytes: 6, quota_full: false },
      session_id: null,
      operation: null,
    });
    expect((await ask("POST", "", cookie, { name: "work" })).body).toMatchObject({ code: "state_conflict" });
    expect((await ask("PATCH", `/${workspace}`, cookie, { name: "thesis" })).body.data).toMatchObject({
      name: "thesis",
    });
    for (const name of ["", " x", "../up", "a/b", "x".repeat(65), "-x\n"]) {
      expect((await ask("POST", "", cookie, { name })).status).toBe(422);
    }
    for (const method of ["GET", "DELETE"])
      expect((await ask(method, `/${workspace}`, eve.cookie)).status).toBe(404);
    expect((await ask("PATCH", `/${workspace}`, eve.cookie, { name: "mine" })).status).toBe(404);
    expect((await ask("GET", `/${workspace}/snapshots`, eve.cookie)).status).toBe(404);
  });

  test("are at most twenty for one person", async () => {
    const { cookie } = await house.signup();
    const made = await Promise.all(
      Array.from({ length: 25 }, (_, i) => ask("POST", "", cookie, { name: `w${i}` })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(made.filter(({ body }) => body.code === "state_conflict")).toHaveLength(5);
  });

  test("have a quota that only admins change, for a running session at once", async () => {
    const { cookie, ref, workspace } = await furnished();
    const admin = await house.signup({ admin: true });
    const quota = { quota_bytes: 2 * 1024 ** 3 };
    expect((await ask("PATCH", `/${workspace}`, cookie, quota)).body).toMatchObject({ status: 403 });
    await house.request("POST", "/api/v2/external/sessions", { cookie, body: { workspace_id: workspace } });
    expect((await ask("PATCH", `/${workspace}`, admin.cookie, quota)).body.data).toMatchObject(quota);
    expect((await house.deps.workspaces.usage(ref)).quotaBytes).toBe(quota.quota_bytes);
    expect((await ask("PATCH", `/${workspace}`, admin.cookie, { name: "x" })).status).toBe(403);
    expect((await ask("PATCH", `/${workspace}`, admin.cookie, { quota_bytes: 1 })).status).toBe(422);
  });

  test("that are full say so", async () => {
    const { cookie, ref, workspace } = await furnished();
    house.disk.write(ref, "big", "x".repeat(1000));
    await house.deps.workspaces.ensure(ref, 1100);
    expect((await ask("GET", `/${workspace}`, cookie)).body.data).toMatchObject({
      usage: { quota_full: true },
    });
  });

  test("keep snapshots under names that are no trap", async () => {
    const { cookie, workspace } = await furnished();
    const take = (name: string) => ask("POST", `/${workspace}/snapshots`, cookie, { name });
    for (const name of ["stop-1", "death-12", "before-restore-3"]) {
      expect((await take(name)).body).toMatchObject({ code: "invalid_request" });
    }
    for (const name of ["", "-x", "a b", "A", "a@b", "a/b", "x".repeat(64)])
      expect((await take(name)).status).toBe(422);
    expect((await take("before")).body).toMatchObject({ code: "state_conflict" });
    expect((await take("v1.0_final-2")).status).toBe(201);
    const list = await ask("GET", `/${workspace}/snapshots`, cookie);
    expect(names(list)).toEqual(["before", "v1.0_final-2"]);
    const page = await ask("GET", `/${workspace}/snapshots?limit=1`, cookie);
    expect(
      names(await ask("GET", `/${workspace}/snapshots?cursor=${page.body.meta?.next_cursor}`, cookie)),
    ).toEqual(["v1.0_final-2"]);
    const empty = idOf(await ask("POST", "", cookie, { name: "empty" }));
    expect(names(await ask("GET", `/${empty}/snapshots`, cookie))).toEqual([]);
    expect((await ask("POST", `/${empty}/snapshots`, cookie, { name: "x" })).body.code).toBe(
      "state_conflict",
    );
  });

  test("are restored, and what was replaced is kept", async () => {
    const { cookie, ref, workspace } = await furnished();
    const restored = await withLoop(ask("POST", `/${workspace}/snapshots/before/restore`, cookie));
    expect(restored.status).toBe(200);
    expect(restored.body.data).toMatchObject({ operation: null, operation_error: null });
    expect(house.disk.read(ref, "notes")).toBe("first");
    const list = names(await ask("GET", `/${workspace}/snapshots`, cookie));
    expect(list).toEqual(["before", expect.stringMatching(/^before-restore-\d+$/)]);
    expect((await ask("POST", `/${workspace}/snapshots/nothing/restore`, cookie)).status).toBe(404);
  });

  test("that cannot be cloned say why, and leave no empty workspace of that name behind", async () => {
    const { cookie, workspace } = await furnished();
    const { clone } = house.deps.workspaces;
    house.deps.workspaces.clone = async () => {
      throw new MachineError("full", "no space on /some/pool", "Make room.");
    };
    const refused = await withLoop(
      ask("POST", `/${workspace}/snapshots/before/clone`, cookie, { name: "never" }),
    );
    house.deps.workspaces.clone = clone;
    expect([refused.status, refused.body.code]).toEqual([409, "state_conflict"]);
    expect(refused.body.detail).toStartWith("The storage is full.");
    expect(refused.text).not.toContain("/some/pool");
    expect(names(await ask("GET", "", cookie))).not.toContain("never");
  });

  test("are cloned into a life of their own", async () => {
    const { id: userId, cookie, ref, workspace } = await furnished();
    const cloned = await withLoop(
      ask("POST", `/${workspace}/snapshots/before/clone`, cookie, { name: "copy" }),
    );
    expect(cloned.status).toBe(201);
    const clone = { userId, workspaceId: idOf(cloned) };
    house.disk.write(clone, "notes", "third");
    expect(house.disk.read(ref, "notes")).toBe("second");
    // As on ZFS, the source is needed as long as its clone lives: the loop says so, the caller hears it.
    const refused = await withLoop(ask("DELETE", `/${workspace}`, cookie));
    expect(refused.body).toMatchObject({ status: 409, code: "state_conflict" });
    expect(refused.body.detail).toContain("Delete the clones first");
    expect((await withLoop(ask("DELETE", `/${clone.workspaceId}`, cookie))).status).toBe(200);
    expect((await ask("GET", `/${clone.workspaceId}`, cookie)).status).toBe(404);
    expect(house.disk.workspaces.has(clone.workspaceId)).toBe(false);
    expect(
      (await ask("POST", `/${workspace}/snapshots/before/clone`, cookie, { name: "work" })).body.code,
    ).toBe("state_conflict");
  });

  test("are not changed under a session, nor under another change", async () => {
    const { cookie, workspace } = await furnished();
    const restore = () => ask("POST", `/${workspace}/snapshots/before/restore`, cookie);
    const { body } = await house.request("POST", "/api/v2/external/sessions", {
      cookie,
      body: { workspace_id: workspace },
    });
    expect((await restore()).body).toMatchObject({ status: 409, code: "workspace_in_use" });
    expect((await ask("DELETE", `/${workspace}`, cookie)).body.code).toBe("workspace_in_use");
    const session = (body.data as { id: string }).id;
    await house.request("POST", `/api/v2/external/sessions/${session}/stop`, { cookie });
    await house.reconciler.pass();
    await house.reconciler.idle();

    // No loop runs: the first is told after ten seconds that it is under way, the second that it must wait.
    const first = restore();
    await Bun.sleep(50);
    const second = await restore();
    expect(second.body).toMatchObject({ status: 409, code: "workspace_in_use" });
    const clone = await ask("POST", `/${workspace}/snapshots/before/clone`, cookie, { name: "copy" });
    expect(clone.body.code).toBe("workspace_in_use");
    const create = await house.request("POST", "/api/v2/external/sessions", {
      cookie,
      body: { workspace_id: workspace },
    });
    expect(create.body.code).toBe("workspace_in_use");
    expect((await ask("POST", `/${workspace}/snapshots`, cookie, { name: "now" })).body.code).toBe(
      "workspace_in_use",
    );
    await house.pass(10_500);
    const answered = await first;
    expect(answered.status).toBe(202);
    expect(answered.body.data).toMatchObject({ operation: "restore" });
    expect(house.streamsOpen()).toBe(0);
    await settleWorkspaces(house.deps);
    expect((await ask("GET", `/${workspace}`, cookie)).body.data).toMatchObject({ operation: null });
  });
});
