import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { SessionPorts } from "@medforge/contracts/sessions";
import { isSlug } from "@medforge/core/ids";
import { databaseNamed } from "@medforge/db/testing";

import { type House, testHouse } from "../../testing.ts";

describe.if(databaseNamed)("the open ports of a session", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({
      gpus: 4,
      environment: { MEDFORGE_DOMAIN: "example.org", MEDFORGE_HTTPS_PORT: "8443" },
    });
  });
  afterAll(() => house.close());

  async function running(surface: "external" | "internal") {
    const owner = await house.signup({ internal: true });
    const { body } = await house.request("POST", `/api/v2/${surface}/sessions`, {
      cookie: owner.cookie,
      body: {},
    });
    await house.reconciler.pass();
    await house.reconciler.idle();
    const { id, slug } = body.data as { id: string; slug: string };
    if (!isSlug(slug)) throw new Error("a session has a slug");
    const ask = (cookie: string, on = surface) =>
      house.request("GET", `/api/v2/${on}/sessions/${id}/ports`, { cookie });
    return { owner, id, slug, ask };
  }

  test("are links to the session's own hosts, or say why there is none", async () => {
    for (const surface of ["external", "internal"] as const) {
      const { owner, slug, ask } = await running(surface);
      expect((await ask(owner.cookie)).body.data).toEqual({ ports: [], more: false });
      house.engine.openPorts.set(slug, [
        { port: 8888, reachable: false },
        { port: 3000, reachable: true },
        { port: 8080, reachable: true },
        { port: 80, reachable: true },
      ]);
      const host = (name: string) => `https://${name}.${surface}.medforge.example.org:8443/`;
      expect((await ask(owner.cookie)).body.data).toEqual({
        ports: [
          { port: 80, url: null, obstacle: "system_port" },
          { port: 3000, url: host(`s-${slug}-3000`), obstacle: null },
          { port: 8080, url: host(`s-${slug}`), obstacle: null },
          { port: 8888, url: null, obstacle: "loopback_only" },
        ],
        more: false,
      });
    }
  });

  test("are for the owner and for admins, on the session's own surface", async () => {
    const { owner, slug, ask } = await running("external");
    house.engine.openPorts.set(slug, [{ port: 8080, reachable: true }]);
    const admin = await house.signup({ admin: true });
    const other = await house.signup({ internal: true });
    for (const { cookie } of [owner, admin]) {
      const { status, body } = await ask(cookie);
      expect([status, (body.data as SessionPorts).ports.length]).toEqual([200, 1]);
      expect((await ask(cookie, "internal")).status).toBe(404);
    }
    expect((await ask(other.cookie)).status).toBe(404);
  });

  test("are none when the session is over, and never more than are worth a look", async () => {
    const { owner, id, slug, ask } = await running("external");
    const many = Array.from({ length: 3_000 }, (_, n) => ({ port: 2_000 + n, reachable: true }));
    house.engine.openPorts.set(slug, many);
    const told = (await ask(owner.cookie)).body.data as SessionPorts;
    expect([told.ports.length, told.more, told.ports.at(-1)?.port]).toEqual([50, true, 2_049]);
    await house.request("POST", `/api/v2/external/sessions/${id}/stop`, { cookie: owner.cookie });
    await house.reconciler.pass();
    await house.reconciler.idle();
    expect((await ask(owner.cookie)).body.data).toEqual({ ports: [], more: false });
  });
});
