import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Session } from "@medforge/contracts/sessions";
import { databaseNamed } from "@medforge/db/testing";
import { newId } from "@medforge/db/testing-competitions";

import { newSlug } from "../../deps.ts";
import { type House, testHouse } from "../../testing.ts";
import { HISTORY_MIN } from "./expected-wait.ts";

const SESSIONS = "/api/v2/external/sessions";
const HOUR_MS = 3_600_000;

describe.if(databaseNamed)("the expected wait of those in the queue", () => {
  let house: House;
  beforeAll(async () => {
    house = await testHouse({ gpus: 2 });
  });
  afterAll(() => house.close());

  const start = async (cookie: string) =>
    (await house.request("POST", SESSIONS, { cookie, body: { queue: true } })).body.data as Session;
  const see = async (cookie: string, { id }: Session) =>
    (await house.request("GET", `${SESSIONS}/${id}`, { cookie })).body.data as Session;

  /** Sessions like this one that lasted an hour and ended as long ago. */
  async function remember(count: number, like: Session, agoMs: number): Promise<void> {
    const session = (await house.db.sessions.byId(like.id))?.session;
    if (session === undefined) throw new Error("there is no such session");
    const { activeGpuId, activeSshPort, activeWorkspaceId, ...row } = session as typeof session &
      Record<"activeGpuId" | "activeSshPort" | "activeWorkspaceId", unknown>;
    const until = house.clock.now() - agoMs;
    for (let i = 0; i < count; i++) {
      const slug = newSlug(house.deps);
      const times = {
        allocatedAt: until - HOUR_MS,
        runningAt: until - HOUR_MS,
        gpuUntil: until,
        endedAt: until,
      };
      await house.db.sessions.add({ ...row, ...times, id: newId(), slug, state: "STOPPED" }, "loop");
    }
  }

  test("is null without history, then what is left of the hour that sessions last, and nobody's who is not in it", async () => {
    const people = [];
    for (let i = 0; i < 4; i++) people.push(await house.signup());
    const [a, b, c, d] = people.map(({ cookie }) => cookie) as [string, string, string, string];
    const first = await start(a);
    house.clock.advance(HOUR_MS / 6);
    const second = await start(b);
    house.clock.advance(HOUR_MS / 3);
    const third = await start(c);
    house.clock.advance(1);
    const fourth = await start(d);
    expect(third).toMatchObject({ state: "QUEUED", queue_position: 1, expected_wait: null });
    await remember(HISTORY_MIN, first, 40 * 24 * HOUR_MS);
    expect((await see(c, third)).expected_wait).toBeNull();
    await remember(HISTORY_MIN, first, 0);
    expect((await see(c, third)).expected_wait).toEqual({ median_s: 1800, ninth_decile_s: 1800 });
    expect((await see(d, fourth)).expected_wait).toEqual({ median_s: 2400, ninth_decile_s: 2400 });
    expect((await see(a, first)).expected_wait).toBeNull();
    // A drained GPU is given to nobody who waits: the other one, and then its next session.
    const drained = (await house.db.sessions.byId(first.id))?.session.gpuId ?? "";
    await house.db.gpus.update(drained, { enabled: false });
    expect((await see(c, third)).expected_wait?.median_s).toBe(2400);
    expect((await see(d, fourth)).expected_wait?.median_s).toBe(6000);
    // One that is being stopped gives its GPU back in a moment.
    await house.request("POST", `${SESSIONS}/${second.id}/stop`, { cookie: b });
    expect((await see(c, third)).expected_wait?.median_s).toBe(0);
  });
});
