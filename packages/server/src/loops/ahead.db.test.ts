import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Viewer } from "@medforge/core/access";
import type { Exposure } from "@medforge/core/session";
import { databaseNamed } from "@medforge/db/testing";

import { createSession, stopSession } from "../modules/sessions/service.ts";
import { type House, testHouse } from "../testing.ts";
import { dropSpares } from "./ahead.ts";

describe.if(databaseNamed)("what is made ahead", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 3 });
  });
  afterAll(() => house.close());

  const start = async (exposure: Exposure = "EXTERNAL") => {
    const { id: userId } = await house.signup({ internal: true });
    const viewer: Viewer = { userId, role: "member", canUseInternal: true };
    return createSession(house.deps, viewer, exposure, {});
  };
  const ahead = async () => {
    await house.reconciler.pass();
    await house.reconciler.ahead();
    return house.db.spareNetworks.all();
  };
  const networks = (): string[] => [...house.engine.networks.keys()].sort();
  const slugs = (spares: readonly { slug: string }[]) => spares.map(({ slug }) => slug).sort();

  test("is a network for each free GPU, on the ports that come next; a second look changes nothing", async () => {
    const spares = await ahead();
    expect(spares.map(({ sshPort }) => sshPort)).toEqual([10_000, 10_001, 10_002]);
    expect(networks()).toEqual(slugs(spares));
    expect(await ahead()).toEqual(spares);
    // They look like leftovers, and are none.
    await house.reconciler.pass();
    expect(networks()).toEqual(slugs(spares));
  });

  test("becomes the next session's, with its slug, and nobody else's", async () => {
    const spares = await ahead();
    const { session } = await start();
    expect(session.slug).toBe(spares[0]?.slug ?? "none");
    const others = await house.db.spareNetworks.all();
    expect(slugs(others)).toEqual(slugs(spares.slice(1)));
    expect(slugs(await ahead())).toEqual(slugs(others));
    expect(networks()).toEqual(slugs([session, ...others]));
  });

  test("gives way to an internal session on its port, and to GPUs that are no longer free", async () => {
    const before = await house.db.spareNetworks.all();
    const { session } = await start("INTERNAL");
    expect(slugs(before)).not.toContain(session.slug);
    const left = await ahead();
    expect(left.map(({ sshPort }) => sshPort)).toEqual([10_002]);
    expect(slugs(left)).toEqual([before[1]?.slug ?? "none"]);
    const gpu = (await house.db.gpus.withHolders()).find(({ holderSessionId }) => holderSessionId === null);
    await house.db.gpus.update(gpu?.id ?? "", { enabled: false });
    expect(await ahead()).toEqual([]);
    await house.db.gpus.update(gpu?.id ?? "", { enabled: true });
    expect((await ahead()).length).toBe(1);
  });

  test("goes with the house, and the networks of sessions stay", async () => {
    await dropSpares(house.deps);
    expect(await house.db.spareNetworks.all()).toEqual([]);
    const running = await house.db.sessions.unfinished();
    expect(networks()).toEqual(slugs(running.map(({ session }) => session)));
    for (const details of running) await stopSession(house.deps, details, "admin:test", "admin_stop");
    await house.reconciler.pass();
    expect(networks()).toEqual([]);
  });
});
