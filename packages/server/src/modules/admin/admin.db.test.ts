import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { slugFrom } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";

import { type House, TEST_IMAGE, testHouse } from "../../testing.ts";

const ADMIN = "/api/v2/admin";

describe.if(databaseNamed)("an admin", () => {
  let house: House;
  let root: Awaited<ReturnType<House["signup"]>>;
  beforeAll(async () => {
    house = await testHouse({ gpus: 3 });
    root = await house.signup({ admin: true });
  });
  afterAll(() => house.close());

  const ask = (method: string, path: string, body?: unknown) =>
    house.request(method, `${ADMIN}${path}`, {
      cookie: root.cookie,
      ...(body === undefined ? {} : { body }),
    });
  const me = async (cookie: string) => (await house.request("GET", "/api/v2/me", { cookie })).status;
  const rows = (answered: { body: { data?: unknown } }) => answered.body.data as Record<string, unknown>[];

  test("is the only one who may, and others are told so before their body is read", async () => {
    const { cookie } = await house.signup({ internal: true });
    for (const { method, path } of house.app.routes.filter(({ path }) => path.startsWith(ADMIN))) {
      const at = path.replace(":slug", "aaaaaaaa").replace(":id", root.id);
      const answered = await house.request(method, at, {
        cookie,
        ...(method === "GET" ? {} : { body: "{{{" }),
      });
      expect(`${method} ${path} ${answered.body.code}`).toBe(`${method} ${path} forbidden`);
    }
  });

  test("sees what doctor sees, with its codes and what to do, looked at anew after a while", async () => {
    type Seen = { looked_at: string; findings: { code: string; level: string; remedy: string }[] };
    const health = async () => (await ask("GET", "/health")).body.data as unknown as Seen;
    const first = await health();
    const codes = first.findings.map(({ code }) => code);
    expect(codes).toContain("MF-DB-0");
    expect(codes).toContain("MF-GPU-0");
    const scoring = first.findings.find(({ code }) => code === "MF-SCORE-2");
    expect(scoring).toMatchObject({ level: "bad", remedy: expect.stringContaining("medforge-api-worker") });
    const seenAt = house.clock.now() + 15_000;
    await house.db.workers.seen({ id: root.id, name: "test", seenAt });
    expect(await health()).toEqual(first);
    house.clock.advance(15_000);
    const later = await health();
    expect(later.looked_at > first.looked_at).toBe(true);
    expect(later.findings.map(({ code }) => code)).not.toContain("MF-SCORE-2");
  });

  test("changes rights and limits, and it is written down who did", async () => {
    const user = await house.signup();
    const change = { can_use_internal: true, max_concurrent_sessions: 3 };
    expect((await ask("PATCH", `/users/${user.id}`, change)).body.data).toMatchObject(change);
    const entry = rows(await ask("GET", "/audit?action=admin.user.update&limit=1"))[0];
    expect(entry).toMatchObject({ actor_id: root.id, target: user.id, detail: change });
    expect(entry?.request_id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await ask("PATCH", `/users/${user.id}`, { role: "king" })).status).toBe(422);
    expect((await ask("PATCH", `/users/${user.id}`, {})).status).toBe(422);
    expect((await ask("PATCH", `/users/${user.id.replace(/.$/, "0")}`, change)).status).toBe(404);
  });

  test("disables a user, who is logged out everywhere and stays out", async () => {
    const user = await house.signup();
    expect((await ask("PATCH", `/users/${user.id}`, { disabled: true })).body.data).toMatchObject({
      disabled_at: expect.any(String),
    });
    expect(await me(user.cookie)).toBe(401);
    const body = { email: user.email, password: "correct horse battery" };
    const login = () => house.request("POST", "/api/v2/auth/login", { body });
    expect((await login()).body).toMatchObject({ status: 403, code: "forbidden" });
    await ask("PATCH", `/users/${user.id}`, { disabled: false });
    expect(await me(user.cookie)).toBe(401);
    expect((await login()).status).toBe(200);
  });

  test("cannot be the last one to go, not even when two go at once", async () => {
    for (const change of [{ role: "member" }, { disabled: true }]) {
      expect((await ask("PATCH", `/users/${root.id}`, change)).body).toMatchObject({
        code: "state_conflict",
      });
    }
    expect(await me(root.cookie)).toBe(200);
    const other = await house.signup({ admin: true });
    // Everybody counts before anybody is done: only a lock keeps them from each seeing the other.
    const slow = await testHouse({
      db: house.db,
      replace: ({ db }) => ({
        db: {
          ...db,
          transaction: (work) =>
            db.transaction((tx) =>
              work({
                ...tx,
                users: {
                  ...tx.users,
                  countAdmins: () => tx.users.countAdmins().finally(() => Bun.sleep(50)),
                },
              }),
            ),
        },
      }),
    });
    slow.clock.advance(house.clock.now() - slow.clock.now());
    const demote = (id: string, cookie: string) =>
      slow.request("PATCH", `${ADMIN}/users/${id}`, { cookie, body: { role: "member" } });
    const both = await Promise.all([demote(root.id, other.cookie), demote(other.id, root.cookie)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await house.db.users.countAdmins()).toBe(1);
    await house.db.users.update(root.id, { role: "admin" });
    await house.db.users.update(other.id, { role: "member" });
  });

  test("sees and stops anybody's session", async () => {
    const user = await house.signup();
    const path = "/api/v2/external/sessions";
    const { body } = await house.request("POST", path, { cookie: user.cookie, body: {} });
    const { id } = body.data as { id: string };
    await house.reconciler.pass();
    await house.reconciler.idle();
    expect(rows(await ask("GET", "/sessions?status=RUNNING"))).toMatchObject([{ id, user_id: user.id }]);
    expect((await ask("POST", `/sessions/${id}/stop`)).status).toBe(202);
    await house.reconciler.pass();
    await house.reconciler.idle();
    const after = await house.request("GET", `${path}/${id}`, { cookie: user.cookie });
    expect(after.body.data).toMatchObject({ state: "STOPPED", reason: "admin_stop" });
    const events = await house.db.events.ofSession(id);
    expect(events.some(({ actor }) => actor === `admin:${root.id}`)).toBe(true);
  });

  test("removes an orphan, and nothing that has a row", async () => {
    const user = await house.signup();
    const started = await house.request("POST", "/api/v2/external/sessions", {
      cookie: user.cookie,
      body: {},
    });
    const own = (started.body.data as { slug: string }).slug;
    await house.reconciler.pass();
    await house.reconciler.idle();
    const slug = slugFrom(Uint8Array.of(1, 2, 3, 4, 5));
    const gpu = rows(await ask("GET", "/gpus")).find(({ session_id }) => session_id === null);
    await house.deps.containers.start({
      slug,
      sessionId: "01890a5d-ac96-774b-bcce-b302099a8057",
      userId: user.id,
      exposure: "EXTERNAL",
      image: TEST_IMAGE,
      sshPort: 10_900,
      workspacePath: "/memory/elsewhere",
      keysPath: "/memory/keys",
      datasets: [],
      workspaceId: "00000000-0000-7000-8000-000000000009",
      gpuUuid: String(gpu?.uuid),
      gpu: { by: "nothing" },
      limits: { cpus: 1, memoryBytes: 1e9, pidsMax: 100, shmBytes: 1e6 },
    });
    const found = await ask("GET", "/orphans");
    expect(rows(found)).toEqual([{ slug, user_id: user.id, gpu_uuid: String(gpu?.uuid), running: true }]);
    expect((await ask("DELETE", `/orphans/${own}`)).status).toBe(404);
    expect((await ask("DELETE", "/orphans/nosuchxx")).status).toBe(404);
    expect((await ask("DELETE", `/orphans/${slug}`)).status).toBe(200);
    expect(rows(await ask("GET", "/orphans"))).toEqual([]);
    expect(house.engine.containers.size).toBe(1);
    expect(rows(await ask("GET", "/audit?action=admin.orphan.remove"))).toHaveLength(1);
    await house.request(
      "POST",
      `/api/v2/external/sessions/${(started.body.data as { id: string }).id}/stop`,
      {
        cookie: user.cookie,
      },
    );
    await house.reconciler.pass();
    await house.reconciler.idle();
  });

  test("takes a GPU out of use and puts it back", async () => {
    const [gpu] = rows(await ask("GET", "/gpus"));
    const free = async () => (await house.request("GET", "/api/v2/status")).body.data;
    expect((await ask("PATCH", `/gpus/${gpu?.id}`, { enabled: false })).body.data).toMatchObject({
      enabled: false,
    });
    expect(await free()).toMatchObject({ gpus: { total: 2 } });
    await ask("PATCH", `/gpus/${gpu?.id}`, { enabled: true });
    expect(await free()).toMatchObject({ gpus: { total: 3 } });
    expect((await ask("PATCH", `/gpus/${root.id}`, { enabled: true })).status).toBe(404);
  });

  test("registers packs that are pinned and there, and deprecates them", async () => {
    const add = (image: string, name = "torch") =>
      ask("POST", "/packs", { name, image, exposure: "EXTERNAL", description: "PyTorch" });
    const digest = "b".repeat(64);
    for (const image of [
      "debian",
      "debian:12",
      "repo@sha256:short",
      `repo@sha256:${digest.toUpperCase()}`,
      `a b@sha256:${digest}`,
    ]) {
      expect(`${image} ${(await add(image)).status}`).toBe(`${image} 422`);
    }
    const missing = await add(`registry.example/torch@sha256:${digest}`);
    expect(missing.body).toMatchObject({ code: "invalid_request", errors: [{ path: "image" }] });
    house.engine.images.add(`registry.example/torch@sha256:${digest}`);
    house.clock.advance(1);
    const added = await add(`registry.example/torch@sha256:${digest}`);
    expect(added.status).toBe(201);
    expect((await add(TEST_IMAGE)).body).toMatchObject({ code: "state_conflict" });
    const { id } = added.body.data as { id: string };
    const user = await house.signup();
    const usable = async () =>
      rows(await house.request("GET", "/api/v2/packs", { cookie: user.cookie })).map(({ name }) => name);
    expect(await usable()).toEqual(["default", "torch"]);
    for (let i = 0; i < 2; i++) expect((await ask("POST", `/packs/${id}/deprecate`)).status).toBe(200);
    expect(await usable()).toEqual(["default"]);
    const body = { pack_id: id };
    const refused = await house.request("POST", "/api/v2/external/sessions", { cookie: user.cookie, body });
    expect(refused.body.code).toBe("pack_deprecated");
  });
});
