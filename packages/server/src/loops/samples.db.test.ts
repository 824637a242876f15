import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { databaseNamed } from "@medforge/db/testing";
import type { Containers, ContainerUsage } from "@medforge/runtime/containers/port";
import { MachineError } from "@medforge/runtime/errors";
import type { GpuUsage } from "@medforge/runtime/gpus/port";

import { type House, testHouse } from "../testing.ts";
import { createSamples, SAMPLE_EVERY_MS } from "./samples.ts";

const HOUR_S = 3600;

describe.if(databaseNamed)("samples of what sessions use", () => {
  let house: House;
  let usage: ContainerUsage | undefined;
  let gpus: () => ReadonlyMap<string, GpuUsage> = () => new Map();
  beforeAll(async () => {
    house = await testHouse({
      gpus: 4,
      replace: ({ containers, gpus: simulated }) => ({
        containers: new Proxy(containers, {
          get: (target, name) => {
            if (name === "usage") return async () => usage;
            const own = target[name as keyof Containers];
            return typeof own === "function" ? own.bind(target) : own;
          },
        }),
        gpus: { ...simulated, usage: async () => gpus() },
      }),
    });
  });
  afterAll(() => house.close());

  async function running() {
    const { cookie } = await house.signup();
    const { body } = await house.request("POST", "/api/v2/external/sessions", { cookie, body: {} });
    await house.reconciler.pass();
    await house.reconciler.idle();
    const { id, gpu } = body.data as { id: string; gpu: { uuid: string } };
    return { id, uuid: gpu.uuid, cookie };
  }

  test("CPU is what was used between two looks; what nobody measures is null, not nothing", async () => {
    const { id, uuid } = await running();
    const samples = createSamples(house.deps);
    gpus = () => new Map([[uuid, { percent: 40, memoryMib: 2 }]]);
    usage = { cpuSeconds: 10, memoryBytes: 5_000, pids: 3 };
    await samples.look();
    house.clock.advance(SAMPLE_EVERY_MS);
    usage = { cpuSeconds: 25, memoryBytes: 6_000, pids: 3 };
    await samples.look();
    house.clock.advance(SAMPLE_EVERY_MS);
    usage = undefined;
    gpus = () => {
      throw new MachineError("broken", "the driver does not answer", "Look at it.");
    };
    await samples.look();
    const [first, second, third] = samples.of(id);
    expect(first).toMatchObject({
      cpuPercent: null,
      memoryBytes: 5_000,
      gpuPercent: 40,
      gpuMemoryBytes: 2 * 1024 ** 2,
    });
    expect(second).toMatchObject({ cpuPercent: 150, memoryBytes: 6_000 });
    expect(third).toMatchObject({
      cpuPercent: null,
      memoryBytes: null,
      gpuPercent: null,
      gpuMemoryBytes: null,
    });
  });

  test("an hour is kept, and nothing of a session that is over", async () => {
    const { id, cookie } = await running();
    const samples = createSamples(house.deps);
    const looks = (HOUR_S * 1000) / SAMPLE_EVERY_MS + 5;
    for (let n = 0; n < looks; n++) {
      await samples.look();
      house.clock.advance(SAMPLE_EVERY_MS);
    }
    expect(samples.of(id).length).toBe(looks - 5);
    await house.request("POST", `/api/v2/external/sessions/${id}/stop`, { cookie });
    await house.reconciler.pass();
    await house.reconciler.idle();
    await samples.look();
    expect(samples.of(id)).toEqual([]);
  });

  test("only the owner is told, on the session's own surface", async () => {
    const { id, cookie } = await running();
    const mine = await house.request("GET", `/api/v2/external/sessions/${id}/samples`, { cookie });
    expect([mine.status, mine.body.data]).toEqual([
      200,
      expect.objectContaining({ every_s: 10, samples: [] }),
    ]);
    const other = await house.signup({ internal: true });
    for (const path of [
      `external/sessions/${id}/samples`,
      `external/sessions/${id}/log`,
      `internal/sessions/${id}/log`,
    ]) {
      expect((await house.request("GET", `/api/v2/${path}`, { cookie: other.cookie })).status).toBe(404);
    }
    const log = await house.request("GET", `/api/v2/external/sessions/${id}/log`, { cookie });
    expect([log.status, log.body.data]).toEqual([200, { text: "" }]);
  });
});
