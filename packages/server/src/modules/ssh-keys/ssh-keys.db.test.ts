import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import { MachineError } from "@medforge/runtime/errors";

import { type House, testHouse } from "../../testing.ts";
import { KEYS } from "./fixtures.testing.ts";

const KEYS_PATH = "/api/v2/me/ssh-keys";
const bare = (line: string) => line.split(" ").slice(0, 2).join(" ");

describe.if(databaseNamed)("SSH keys", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 8 });
  });
  afterAll(() => house.close());

  const add = (cookie: string, public_key: string, name?: string) =>
    house.request("POST", KEYS_PATH, {
      cookie,
      body: { public_key, ...(name === undefined ? {} : { name }) },
    });

  /** Somebody with a running session. */
  async function working() {
    const user = await house.signup();
    await house.request("POST", "/api/v2/external/sessions", { cookie: user.cookie, body: {} });
    await house.reconciler.pass();
    await house.reconciler.idle();
    const slug = (await house.db.sessions.page({ userId: user.id }, undefined, 1))[0]?.session.slug;
    const accepted = () =>
      [...house.keyring.sessions].find(([of]) => of === slug)?.[1].authorizedKeys ?? ["no session"];
    return { ...user, accepted };
  }

  test("are several per user, named by their comment unless they are given a name", async () => {
    const { cookie } = await house.signup();
    const first = await add(cookie, KEYS.ed25519.line);
    expect(first.status).toBe(201);
    expect(first.body.data).toMatchObject({
      name: KEYS.ed25519.line.split(" ")[2] ?? "",
      type: "ssh-ed25519",
      fingerprint: KEYS.ed25519.fingerprint,
      public_key: bare(KEYS.ed25519.line),
    });
    expect((await add(cookie, KEYS.rsa3072.line, "work")).body.data).toMatchObject({ name: "work" });
    const { body } = await house.request("GET", KEYS_PATH, { cookie });
    expect((body.data as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint).sort()).toEqual(
      [KEYS.ed25519.fingerprint, KEYS.rsa3072.fingerprint].sort(),
    );
  });

  test("that are refused say by which rule, a second time too", async () => {
    const { cookie } = await house.signup();
    await add(cookie, KEYS.ed25519.line);
    const cases: [string, string][] = [
      [KEYS.ed25519.line, "duplicate"],
      [`${bare(KEYS.ed25519.line)} another comment`, "duplicate"],
      [`command="x" ${KEYS.ecdsa256.line}`, "options"],
      [KEYS.rsa2048.line, "rsa_too_short"],
      [KEYS.dsa.line, "dsa"],
      ["nonsense", "unknown_type"],
    ];
    for (const [line, rule] of cases) {
      const { status, body } = await add(cookie, line);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        code: "invalid_ssh_key",
        errors: [{ path: "public_key", message: rule }],
      });
    }
  });

  test("work at once in a running session, and are refused at once when removed", async () => {
    const { cookie, accepted } = await working();
    expect(accepted()).toEqual([]);
    const { body } = await add(cookie, KEYS.ed25519.line);
    // Ids of one millisecond are in no order.
    house.clock.advance(1);
    await add(cookie, KEYS.ecdsa256.line);
    expect(accepted()).toEqual([bare(KEYS.ed25519.line), bare(KEYS.ecdsa256.line)]);
    const { id } = body.data as { id: string };
    expect((await house.request("DELETE", `${KEYS_PATH}/${id}`, { cookie })).status).toBe(200);
    expect(accepted()).toEqual([bare(KEYS.ecdsa256.line)]);
  });

  test("changed by many requests at once are in the session as they are in the book", async () => {
    const { cookie, id, accepted } = await working();
    const lines = [KEYS.ed25519, KEYS.ecdsa256, KEYS.ecdsa384, KEYS.ecdsa521, KEYS.rsa3072];
    const added = await Promise.all(lines.map(({ line }) => add(cookie, line)));
    const ids = added.slice(0, 3).map(({ body }) => (body.data as { id: string }).id);
    await Promise.all(ids.map((key) => house.request("DELETE", `${KEYS_PATH}/${key}`, { cookie })));
    const book = (await house.db.sshKeys.withOwner(id)).map(({ publicKey }) => publicKey);
    expect(book).toHaveLength(2);
    expect(accepted()).toEqual(book);
  });

  test("written late by one process do not undo what another one wrote meanwhile", async () => {
    const { cookie, id, accepted } = await working();
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const slow = await testHouse({
      db: house.db,
      replace: () => ({
        keys: {
          ...house.deps.keys,
          authorize: async (slug, lines) => {
            reached.resolve();
            await held.promise;
            await house.deps.keys.authorize(slug, lines);
          },
        },
      }),
    });
    const late = slow.request("POST", KEYS_PATH, { cookie, body: { public_key: KEYS.ed25519.line } });
    await reached.promise;
    await add(cookie, KEYS.ecdsa256.line);
    held.resolve();
    expect((await late).status).toBe(201);
    const book = (await house.db.sshKeys.withOwner(id)).map(({ publicKey }) => publicKey);
    expect(book).toHaveLength(2);
    expect([...accepted()].sort()).toEqual([...book].sort());
  });

  test("of somebody else are neither seen nor removed", async () => {
    const [ada, eve] = [await house.signup(), await house.signup()];
    const { body } = await add(ada.cookie, KEYS.ed25519.line);
    const path = `${KEYS_PATH}/${(body.data as { id: string }).id}`;
    expect((await house.request("DELETE", path, { cookie: eve.cookie })).status).toBe(404);
    expect((await house.request("GET", KEYS_PATH, { cookie: eve.cookie })).body.data).toEqual([]);
    // The same key is fine for two people; the database only refuses it twice for one.
    expect((await add(eve.cookie, KEYS.ed25519.line)).status).toBe(201);
  });

  test("whose removal a session has not heard of are removed again by asking again", async () => {
    const { cookie, accepted } = await working();
    const { body } = await add(cookie, KEYS.ed25519.line);
    const path = `${KEYS_PATH}/${(body.data as { id: string }).id}`;
    const deaf = await testHouse({
      db: house.db,
      replace: ({ keys }) => ({
        keys: {
          ...keys,
          authorize: () => Promise.reject(new MachineError("full", "no space", "Make room.")),
        },
      }),
    });
    expect((await deaf.request("DELETE", path, { cookie })).status).toBe(507);
    expect(accepted()).toHaveLength(1);
    expect((await house.request("DELETE", path, { cookie })).status).toBe(404);
    expect(accepted()).toEqual([]);
  });
});
