import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { Session } from "@medforge/contracts/sessions";
import { databaseNamed } from "@medforge/db/testing";

import { type House, openHouse } from "./house.ts";
import type { Answered, Person } from "./person.ts";
import { until } from "./until.ts";

const PEOPLE = 50;
const GPUS = 8;

/** Everybody wants a GPU in the same moment. A real server process and database; the sessions are simulated. */
describe.skipIf(!databaseNamed)("fifty people and eight GPUs", () => {
  let house: House;
  let people: Person[];
  beforeAll(async () => {
    house = await openHouse({ runtime: "memory", gpus: GPUS });
    people = await Promise.all(Array.from({ length: PEOPLE }, () => house.newPerson()));
  }, 30_000);
  afterAll(() => house?.close());

  const ask = (wish: object) =>
    Promise.all(people.map((who) => who.ask<Session>("POST", "/external/sessions", wish)));
  const having = (all: readonly Answered<Session>[], status: number) =>
    all.flatMap((answered, i) => {
      const who = people[i];
      return answered.status === status && who !== undefined
        ? [{ who, answered, id: answered.data?.id }]
        : [];
    });
  const different = (values: readonly unknown[]) => new Set(values).size;

  test("who all ask at once: eight get one each, forty-two a clean 409", async () => {
    const answers = await ask({});
    const got = having(answers, 201);
    const refused = having(answers, 409);
    expect([got.length, refused.length]).toEqual([GPUS, PEOPLE - GPUS]);
    expect(new Set(refused.map(({ answered }) => answered.code))).toEqual(new Set(["no_gpu_available"]));

    const running = await Promise.all(got.map(({ who, id }) => who.reaches(id, "RUNNING")));
    expect(different(running.map(({ gpu }) => gpu?.uuid))).toBe(GPUS);
    expect(different(running.map(({ ssh }) => ssh?.port))).toBe(GPUS);
    expect(different(running.map(({ workspace }) => workspace.id))).toBe(GPUS);
    await Bun.sleep(1_000);
    await Promise.all(got.map(({ who, id }) => who.stopped(id)));
  }, 40_000);

  test("who all queue have all run, in fair order: less used first, then first come", async () => {
    const used = await house.db.sessions.gpuSecondsSince(0, Date.now());
    expect(used.size).toBe(GPUS);
    const answers = await ask({ queue: true });
    const queued = having(answers, 202);
    expect([having(answers, 201).length, queued.length]).toEqual([GPUS, PEOPLE - GPUS]);
    const fair = queued
      .map(({ who, answered: { data } }) => ({
        id: data.id,
        seconds: used.get(who.id) ?? 0,
        since: data.created_at,
      }))
      .sort((a, b) => a.seconds - b.seconds || (`${a.since}${a.id}` < `${b.since}${b.id}` ? -1 : 1))
      .map(({ id }) => id);

    const all = answers.map(({ data }) => data.id);
    await Promise.all(
      people.map(async (who, i) => {
        const id = all[i] ?? "";
        await until("its turn", 60_000, async () => (await who.session(id)).state === "RUNNING", 50);
        await who.stopped(id);
      }),
    );

    const starts = await Promise.all(
      queued.map(async ({ id }) => {
        const moves = await house.db.events.ofSession(id, undefined);
        expect(moves.map(({ toState }) => toState)).toEqual([
          "QUEUED",
          "STARTING",
          "RUNNING",
          "STOPPING",
          "STOPPED",
        ]);
        return { id, at: moves.find(({ toState }) => toState === "STARTING")?.id ?? 0 };
      }),
    );
    expect(starts.sort((a, b) => a.at - b.at).map(({ id }) => id)).toEqual(fair);
  }, 90_000);
});
