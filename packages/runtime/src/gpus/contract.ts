import { describe, expect, test } from "bun:test";

import type { Gpus } from "./port.ts";

const PREFIX = { nvidia: "GPU-", mig: "MIG-", simulated: "SIM-" } as const;

/** @param make an adapter that sees at least two devices */
export function gpusContract(name: string, make: () => Promise<Gpus>): void {
  describe(`gpus: ${name}`, () => {
    test("every device has an identity of its own that says its kind, and a name", async () => {
      const devices = await (await make()).list();
      expect(devices.length).toBeGreaterThan(1);
      expect(new Set(devices.map((device) => device.uuid)).size).toBe(devices.length);
      for (const device of devices) {
        expect(device.uuid).toStartWith(PREFIX[device.kind]);
        expect(device.name).not.toBe("");
        expect(device.memoryMib ?? 1).toBeGreaterThan(0);
      }
    });

    test("identities stay: from call to call, and from one adapter to the next", async () => {
      const gpus = await make();
      const first = await gpus.list();
      expect(await gpus.list()).toEqual(first);
      expect(await (await make()).list()).toEqual(first);
    });

    test("a grant is for this device alone, the same each time, and needs no look at the machine", async () => {
      const gpus = await make();
      const granted = (await gpus.list()).map((device) => gpus.grant(device.uuid));
      const handles = granted.filter((grant) => grant.by !== "nothing").map((grant) => JSON.stringify(grant));
      expect(new Set(handles).size).toBe(handles.length);
      const again = await make();
      expect((await gpus.list()).map((device) => again.grant(device.uuid))).toEqual(granted);
    });

    test("what is no device of this kind is never granted", async () => {
      const gpus = await make();
      for (const uuid of ["", "all", "0", "none", "GPU-0", "SIM-1", "nvidia.com/gpu=all", "../../etc"]) {
        expect(() => gpus.grant(uuid)).toThrow("is not the UUID");
      }
    });
  });
}
