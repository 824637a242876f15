import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Session } from "@medforge/contracts/sessions";

import { type House, openHouse } from "./house.ts";
import { machineNamed } from "./named.ts";
import type { Person } from "./person.ts";

describe.skipIf(!machineNamed)("people who wait for the only GPU", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ gpus: 1 });
  });
  afterAll(() => house?.close());

  const queue = (who: Person) => who.expect<Session>(202, "POST", "/external/sessions", { queue: true });
  const places = async (all: readonly (readonly [Person, Session])[]) =>
    Promise.all(all.map(async ([who, { id }]) => (await who.session(id)).queue_position));

  test("get it in fair order: whoever used less first, then whoever came first", async () => {
    const [heavy, holder, early, late] = await Promise.all([
      house.newPerson(),
      house.newPerson(),
      house.newPerson(),
      house.newPerson(),
    ]);
    const used = await heavy.running();
    await Bun.sleep(1_100);
    await heavy.stopped(used.id);
    const held = await holder.running();

    const waiting: [Person, Session][] = [];
    // The heavy user comes first and yet waits longest.
    for (const who of [heavy, early, late]) waiting.push([who, await queue(who)]);
    expect(waiting.map(([, { state }]) => state)).toEqual(["QUEUED", "QUEUED", "QUEUED"]);
    expect(await places(waiting)).toEqual([3, 1, 2]);
    const refused = await house.newPerson().then((who) => who.ask("POST", "/external/sessions", {}));
    expect(refused).toMatchObject({ status: 409, code: "no_gpu_available" });

    await holder.stopped(held.id);
    const order: string[] = [];
    for (const [who, { id }] of [waiting[1], waiting[2], waiting[0]].filter((one) => one !== undefined)) {
      const session = await who.reaches(id, "RUNNING");
      order.push(session.id);
      const others = waiting.filter(([, other]) => !order.includes(other.id));
      for (const [other, { id: otherId }] of others) {
        expect((await other.session(otherId)).state).toBe("QUEUED");
      }
      await who.stopped(id);
    }
    expect(order).toEqual([waiting[1]?.[1].id ?? "", waiting[2]?.[1].id ?? "", waiting[0]?.[1].id ?? ""]);
  }, 40_000);

  test("may change their mind", async () => {
    const [holder, waiter] = await Promise.all([house.newPerson(), house.newPerson()]);
    const held = await holder.running();
    const waiting = await queue(waiter);
    expect(await waiter.stop(waiting.id)).toMatchObject({
      state: "STOPPED",
      reason: "cancelled",
      gpu_seconds: 0,
    });
    await holder.stopped(held.id);
    expect(await waiter.session(waiting.id)).toMatchObject({ state: "STOPPED", snapshot: null, gpu: null });
  }, 30_000);
});
