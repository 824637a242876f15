import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { isSlug } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { KEYS } from "../modules/ssh-keys/fixtures.testing.ts";
import { type House, testHouse } from "../testing.ts";
import { createAccessKeeper } from "./access.ts";
import { createReconciler } from "./reconcile.ts";

const LINE = KEYS.ed25519.line.split(" ").slice(0, 2).join(" ");

let house: House;
let admin: { cookie: string };
beforeAll(async () => {
  if (!databaseNamed) return;
  house = await testHouse({ gpus: 16 });
  admin = await house.signup({ admin: true });
});
afterAll(() => house?.close());

const patch = (id: string, body: Record<string, unknown>) =>
  house.request("PATCH", `/api/v2/admin/users/${id}`, { cookie: admin.cookie, body });
const addKey = (cookie: string, line: string = KEYS.ed25519.line) =>
  house.request("POST", "/api/v2/me/ssh-keys", { cookie, body: { public_key: line } });

/** A session that runs, with its owner connected over SSH. */
async function workOn(cookie: string, surface: "external" | "internal") {
  const workspace = await house.request("POST", "/api/v2/workspaces", { cookie, body: { name: surface } });
  const { id: workspace_id } = workspace.body.data as { id: string };
  const begun = await house.request("POST", `/api/v2/${surface}/sessions`, {
    cookie,
    body: { workspace_id },
  });
  await house.reconciler.pass();
  await house.reconciler.idle();
  const { id, slug } = begun.body.data as { id: string; slug: string };
  if (!isSlug(slug)) throw new Error("no session");
  const connect = () => house.engine.connections.add(slug);
  const keys = () => house.keyring.sessions.get(slug)?.authorizedKeys;
  const connected = () => house.engine.connections.has(slug);
  const state = async () => (await house.db.sessions.byId(id))?.session.state;
  expect([await state(), keys()]).toEqual(["RUNNING", [LINE]]);
  connect();
  return { slug, connect, keys, connected, state };
}

describe.if(databaseNamed)("a user who is disabled", () => {
  const disable = (id: string, disabled: boolean) => patch(id, { disabled });

  /** Somebody who is at work over SSH. */
  async function working() {
    const user = await house.signup();
    await addKey(user.cookie);
    return { ...user, ...(await workOn(user.cookie, "external")) };
  }

  test("is logged out, has no keys in sessions that run, and is hung up on; enabled again, has the keys back", async () => {
    const [ada, bob] = [await working(), await working()];
    await disable(ada.id, true);
    await house.reconciler.glance();
    expect((await house.request("GET", "/api/v2/me", { cookie: ada.cookie })).status).toBe(401);
    expect([ada.keys(), ada.connected(), await ada.state()]).toEqual([[], false, "RUNNING"]);
    expect([bob.keys(), bob.connected()]).toEqual([[LINE], true]);
    await disable(ada.id, false);
    await house.reconciler.glance();
    expect([ada.keys(), bob.keys()]).toEqual([[LINE], [LINE]]);
  });

  test("while nobody reconciled, or while it failed, is shut out as soon as somebody does", async () => {
    const ada = await working();
    let away = true;
    const next = createReconciler(
      {
        ...house.deps,
        containers: {
          ...house.deps.containers,
          hangUp: (slug) =>
            away
              ? Promise.reject(new MachineError("unreachable", "no engine", "Start it."))
              : house.deps.containers.hangUp(slug),
        },
      },
      async () => true,
    );
    await disable(ada.id, true);
    await next.glance();
    expect([ada.keys(), ada.connected()]).toEqual([[], true]);
    away = false;
    house.clock.advance(1_000);
    await next.glance();
    expect(ada.connected()).toBe(false);
  });

  test("is left alone once it is done: a later look hangs up on nobody", async () => {
    const ada = await working();
    await disable(ada.id, true);
    await house.reconciler.glance();
    house.engine.connections.add(ada.slug);
    house.clock.advance(2_000);
    await house.reconciler.glance();
    expect(ada.connected()).toBe(true);
  });

  test("while a session comes up, is hung up on when it is up, and has no keys there", async () => {
    const user = await house.signup();
    const at = { cookie: user.cookie };
    await house.request("POST", "/api/v2/me/ssh-keys", { ...at, body: { public_key: KEYS.ed25519.line } });
    await house.request("POST", "/api/v2/external/sessions", { ...at, body: {} });
    const row = (await house.db.sessions.page({ userId: user.id }, undefined, 1))[0]?.session;
    if (row === undefined || !isSlug(row.slug)) throw new Error("no session");
    const keepAccess = createAccessKeeper(house.deps);
    // Disabled after the keys were read and before sshd runs with them.
    const slow = createReconciler(
      {
        ...house.deps,
        keys: {
          ...house.deps.keys,
          prepare: async (wish) => {
            await disable(user.id, true);
            await keepAccess();
            return house.deps.keys.prepare(wish);
          },
        },
      },
      async () => true,
    );
    await slow.one(row.id);
    house.engine.connections.add(row.slug);
    house.clock.advance(1_000);
    await keepAccess();
    expect(house.keyring.sessions.get(row.slug)?.authorizedKeys).toEqual([]);
    expect(house.engine.connections.has(row.slug)).toBe(false);
  });
});

describe.if(databaseNamed)("a user who loses the right to internal sessions", () => {
  /** Somebody who is at work over SSH in a session of each kind. */
  async function working(
    rights: { readonly internal?: boolean; readonly admin?: boolean } = { internal: true },
  ) {
    const user = await house.signup({ ...rights, sessions: 2 });
    await addKey(user.cookie);
    const [outside, inside] = [await workOn(user.cookie, "external"), await workOn(user.cookie, "internal")];
    return { ...user, outside, inside };
  }

  test("is hung up on in the internal ones alone, has no keys there, and gets them back with the right", async () => {
    const [ada, bob] = [await working(), await working()];
    await patch(ada.id, { can_use_internal: false });
    await house.reconciler.glance();
    expect([ada.inside.keys(), ada.inside.connected(), await ada.inside.state()]).toEqual([
      [],
      false,
      "RUNNING",
    ]);
    expect([ada.outside.keys(), ada.outside.connected()]).toEqual([[LINE], true]);
    expect([bob.inside.keys(), bob.inside.connected()]).toEqual([[LINE], true]);
    await patch(ada.id, { can_use_internal: true });
    await house.reconciler.glance();
    expect([ada.inside.keys(), ada.outside.keys()]).toEqual([[LINE], [LINE]]);
  });

  test("with the role of an admin is one of them; with one of the two left is none", async () => {
    const ada = await working({ admin: true });
    const bob = await working({ admin: true, internal: true });
    for (const { id } of [ada, bob]) await patch(id, { role: "member" });
    await house.reconciler.glance();
    expect([ada.inside.keys(), ada.inside.connected(), ada.outside.connected()]).toEqual([[], false, true]);
    expect([bob.inside.keys(), bob.inside.connected(), bob.outside.connected()]).toEqual([
      [LINE],
      true,
      true,
    ]);
  });

  test("gets no new key into them either, and is hung up on only once", async () => {
    const ada = await working();
    await patch(ada.id, { can_use_internal: false });
    await house.reconciler.glance();
    await addKey(ada.cookie, KEYS.ecdsa256.line);
    expect([ada.inside.keys(), ada.outside.keys()?.length]).toEqual([[], 2]);
    ada.inside.connect();
    house.clock.advance(2_000);
    await house.reconciler.glance();
    expect(ada.inside.connected()).toBe(true);
  });
});
