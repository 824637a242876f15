import { expect, test } from "bun:test";

import { gpusContract } from "./contract.ts";
import { simulatedGpus, simulatedUuid } from "./simulated.ts";

gpusContract("simulated", async () => simulatedGpus({ count: 3 }));

test("a simulated GPU says so in its name, and a container gets nothing for it", async () => {
  const gpus = simulatedGpus({ count: 2 });
  expect((await gpus.list()).map((device) => device.name)).toEqual(["Simulated GPU 0", "Simulated GPU 1"]);
  expect(gpus.grant(simulatedUuid(1))).toEqual({ by: "nothing" });
});

test("no GPUs at all is fine", async () => {
  expect(await simulatedGpus({ count: 0 }).list()).toEqual([]);
});
