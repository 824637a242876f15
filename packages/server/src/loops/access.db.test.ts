import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { isSlug } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { KEYS } from "../modules/ssh-keys/fixtures.testing.ts";
import { type House, testHouse } from "../testing.ts";
import { createAccessKeeper } from "./access.ts";
import { createReconciler } from "./reconcile.ts";

const LINE = KEYS.ed25519.line.split(" ").slice(0, 2).join(" ");

describe.if(databaseNamed)("a user who is disabled", () => {
  let house: House;
  let admin: { cookie: string };
  beforeAll(async () => {
    house = await testHouse({ gpus: 8 });
    admin = await house.signup({ admin: true });
  });
  afterAll(() => house.close());

  const disable = (id: string, disabled: boolean) =>
    house.request("PATCH", `/api/v2/admin/users/${id}`, { cookie: admin.cookie, body: { disabled } });

  /** Somebody who is at work over SSH. */
  async function working() {
    const user = await house.signup();
    const at = { cookie: user.cookie };
    await house.request("POST", "/api/v2/me/ssh-keys", { ...at, body: { public_key: KEYS.ed25519.line } });
    await house.request("POST", "/api/v2/external/sessions", { ...at, body: {} });
    await house.reconciler.pass();
    await house.reconciler.idle();
    const session = (await house.db.sessions.page({ userId: user.id }, undefined, 1))[0]?.session;
    if (session === undefined || !isSlug(session.slug)) throw new Error("no session");
    const { slug } = session;
    house.engine.connections.add(slug);
    const keys = () => house.keyring.sessions.get(slug)?.authorizedKeys;
    const connected = () => house.engine.connections.has(slug);
    const state = async () => (await house.db.sessions.byId(session.id))?.session.state;
    expect(keys()).toEqual([LINE]);
    return { ...user, slug, keys, connected, state };
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
