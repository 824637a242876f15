import { expect, test } from "bun:test";

import { devicesOf, parseQuery, parseUsage } from "./nvidia-smi.ts";

const fixture = (name: string) => Bun.file(`${import.meta.dir}/fixtures/${name}.txt`).text();
const devices = async (host: string) =>
  devicesOf(parseQuery(await fixture(`${host}.query`)), await fixture(`${host}.list`));

test("a GPU in MIG mode is its instances and not itself", async () => {
  const h100 = await devices("h100-mig");
  expect(h100.map((device) => device.name.replace("NVIDIA H100 80GB HBM3 ", ""))).toEqual([
    "MIG 1c.3g.40gb",
    "MIG 1c.3g.40gb",
    "MIG 1c.3g.40gb",
    "MIG 1g.10gb",
    "MIG 1g.10gb",
  ]);
  expect(h100[0]).toEqual({
    uuid: "MIG-c788539f-c1ea-5a36-8b4d-9b07d024b1bb",
    name: "NVIDIA H100 80GB HBM3 MIG 1c.3g.40gb",
    memoryMib: null,
    kind: "mig",
  });
  expect((await devices("a100-mig")).length).toBe(7);
});

test("instances of old drivers are named by their place", async () => {
  const uuids = (await devices("a100-legacy")).map((device) => device.uuid);
  expect(uuids[0]).toBe("MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/7/0");
  expect(uuids.length).toBe(3);
});

test("on a mixed host: whole GPUs, no MIG instances yet, sizes that are not said, a comma in a name", async () => {
  expect(await devices("mixed")).toEqual([
    { uuid: "GPU-00000000-0000-0000-0000-000000000001", name: "NVIDIA L4", memoryMib: 23034, kind: "nvidia" },
    {
      uuid: "GPU-81d79b08-40a0-40ae-3fc5-82b8ff8b8138",
      name: "NVIDIA H100 80GB HBM3",
      memoryMib: 81559,
      kind: "nvidia",
    },
    {
      uuid: "GPU-c08d91cb-e324-655c-71ba-7570956445bc",
      name: "NVIDIA GH200, rev. 2",
      memoryMib: null,
      kind: "nvidia",
    },
  ]);
});

test("a board that fell off the bus is not there; the others are", async () => {
  const gpus = parseQuery(await fixture("lost.query"));
  expect(gpus.map((gpu) => gpu.uuid)).toEqual(["GPU-81d79b08-40a0-40ae-3fc5-82b8ff8b8138"]);
});

test("a line that is not understood is quoted, never guessed at", () => {
  const uuid = "GPU-81d79b08-40a0-40ae-3fc5-82b8ff8b8138";
  const strange = [
    `0, [N/A], NVIDIA H100, 81559, Disabled`,
    `0, [Insufficient Permissions], NVIDIA H100, 81559, Disabled`,
    `0, ${uuid}, NVIDIA H100, 81559, [Insufficient Permissions]`,
    `0, ${uuid}, NVIDIA H100, 81559, [Unknown Error]`,
    `0, ${uuid}, NVIDIA H100, 81559 MiB, Disabled`,
    `0, ${uuid}, NVIDIA H100, 81559`,
    `x, ${uuid}, NVIDIA H100, 81559, Disabled`,
    "Failed to initialize NVML: Driver/library version mismatch",
  ];
  for (const line of strange) expect(() => parseQuery(`${line}\n`)).toThrow(line);
});

test("what a GPU does now is read by UUID, and what the driver does not say is null", () => {
  const uuids = ["GPU-81d79b08-40a0-40ae-3fc5-82b8ff8b8138", "GPU-c08d91cb-e324-655c-71ba-7570956445bc"];
  expect([...parseUsage(`${uuids[0]}, 37, 1024\n${uuids[1]}, [N/A], [Insufficient Permissions]\n`)]).toEqual([
    [uuids[0] ?? "", { percent: 37, memoryMib: 1024 }],
    [uuids[1] ?? "", { percent: null, memoryMib: null }],
  ]);
  expect([...parseUsage("")]).toEqual([]);
  for (const line of [
    `${uuids[0]}, 37 %, 1024`,
    `${uuids[0]}, 37`,
    "0, 37, 1024",
    `${uuids[0]}, 37, 1024, 5`,
  ]) {
    expect(() => parseUsage(`${line}\n`)).toThrow(line);
  }
});

test("two devices with one UUID, and a listing that does not fit, are faults", async () => {
  const [line = ""] = (await fixture("mixed.query")).split("\n");
  expect(() => devicesOf(parseQuery(`${line}\n${line}\n`), "")).toThrow("the same UUID");
  const mig = parseQuery(await fixture("h100-mig.query"));
  expect(() => devicesOf(mig, "")).toThrow("does not list it");
  expect(() => devicesOf(mig, "  MIG 1g.10gb     Device  3: (UUID: MIG-b4b2228d)\n")).toThrow("MIG-b4b2228d");
});
