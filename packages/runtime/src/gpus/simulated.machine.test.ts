import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { constants } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { gpusContract } from "./contract.ts";
import { simulatedGpus, simulatedUuid } from "./simulated.ts";

/** mknod needs root, as the engine does: where a run names an engine, nodes can be made too. */
const named = process.env.MEDFORGE_TEST_DOCKER !== undefined;
let dir = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "medforge-nodes-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

if (named) {
  gpusContract("simulated with device nodes", async () =>
    simulatedGpus({ count: 3, deviceNodesDir: join(dir, "contract") }),
  );
}

describe.if(named)("simulated GPUs with device nodes", () => {
  test("each is a character device without a driver, granted by its own node", async () => {
    const deviceNodesDir = join(dir, "made");
    const gpus = simulatedGpus({ count: 2, deviceNodesDir });
    await gpus.list();
    const host = join(deviceNodesDir, "simulated-gpu1");
    expect(gpus.grant(simulatedUuid(1))).toEqual({ by: "node", host, inside: "/dev/simulated-gpu1" });
    const opened = await open(host, constants.O_RDWR).catch((cause) => cause);
    expect(opened).toMatchObject({ code: "ENXIO" });
  });

  test("a node that is taken away is a lost GPU; the next start makes it again", async () => {
    const options = { count: 2, deviceNodesDir: join(dir, "lost") };
    const gpus = simulatedGpus(options);
    expect((await gpus.list()).length).toBe(2);
    await rm(join(options.deviceNodesDir, "simulated-gpu0"));
    expect((await gpus.list()).map((device) => device.uuid)).toEqual([simulatedUuid(1)]);
    expect((await simulatedGpus(options).list()).length).toBe(2);
  });

  test("something else in a node's place is left alone and reported", async () => {
    const deviceNodesDir = join(dir, "taken");
    await Bun.write(join(deviceNodesDir, "simulated-gpu0"), "someone's file");
    const failed = await simulatedGpus({ count: 1, deviceNodesDir })
      .list()
      .catch((cause) => cause);
    expect(failed).toMatchObject({ name: "MachineError", fault: "broken" });
    expect(await Bun.file(join(deviceNodesDir, "simulated-gpu0")).text()).toBe("someone's file");
  });
});
