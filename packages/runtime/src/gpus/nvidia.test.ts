import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { gpusContract } from "./contract.ts";
import { nvidiaGpus } from "./nvidia.ts";

/** A program in the place of nvidia-smi that answers from the fixtures. */
let dir = "";

async function program(name: string, script: string): Promise<string> {
  const path = join(dir, name);
  await Bun.write(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const speaking = (host: string) => {
  const path = `${import.meta.dir}/fixtures/${host}`;
  return program(host, `case "$1" in -L) cat '${path}.list.txt' ;; *) cat '${path}.query.txt' ;; esac`);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "medforge-gpus-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

for (const host of ["h100-mig", "a100-mig", "a100-legacy", "mixed"]) {
  gpusContract(`nvidia on ${host}`, async () =>
    nvidiaGpus({ grantBy: host === "mixed" ? "cdi" : "nvidia", nvidiaSmi: await speaking(host) }),
  );
}

test("a device is handed over by its UUID, through the NVIDIA runtime or as a CDI name", () => {
  const mig = "MIG-c788539f-c1ea-5a36-8b4d-9b07d024b1bb";
  expect(nvidiaGpus({ grantBy: "nvidia" }).grant(mig)).toEqual({ by: "nvidia", uuid: mig });
  expect(nvidiaGpus({ grantBy: "cdi" }).grant(mig)).toEqual({ by: "cdi", device: `nvidia.com/gpu=${mig}` });
});

test("no nvidia-smi, and a driver that does not answer, are broken, with what was said and what to do", async () => {
  const mismatch = "Failed to initialize NVML: Driver/library version mismatch";
  const silent = await program("mismatch", `echo '${mismatch}'; exit 18`);
  const failed = await nvidiaGpus({ grantBy: "nvidia", nvidiaSmi: silent })
    .list()
    .catch((cause) => cause);
  expect(failed).toMatchObject({ name: "MachineError", fault: "broken" });
  expect(failed.message).toContain(mismatch);
  const absent = nvidiaGpus({ grantBy: "nvidia", nvidiaSmi: join(dir, "absent") });
  expect(await absent.list().catch((cause) => cause)).toMatchObject({ fault: "broken" });
});

test("a driver without a device is an answer: there are none", async () => {
  const none = await program("none", "echo 'No devices were found'; exit 6");
  expect(await nvidiaGpus({ grantBy: "nvidia", nvidiaSmi: none }).list()).toEqual([]);
});
