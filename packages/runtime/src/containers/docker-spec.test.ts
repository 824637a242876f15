import { describe, expect, test } from "bun:test";

import type { Slug } from "@medforge/core/ids";
import type { ContainerInspectInfo } from "dockerode";

import { networkOptions, subnetOf } from "./docker-network.ts";
import { createOptions, fits } from "./docker-spec.ts";
import type { SessionContainer } from "./port.ts";

const settings = { sshBind: "127.0.0.1", silentResolvConf: "/state/resolv.silent.conf", dns: ["192.0.2.53"] };

const wish: SessionContainer = {
  slug: "abcdefgh" as Slug,
  sessionId: "00000000-0000-7000-8000-000000000001",
  userId: "00000000-0000-7000-8000-000000000002",
  exposure: "EXTERNAL",
  image: "registry.example.org/pack@sha256:1",
  sshPort: 10_007,
  workspacePath: "/tank/w",
  keysPath: "/state/keys/abcdefgh",
  workspaceId: "workspace-1",
  gpuUuid: "GPU-1",
  datasets: [],
  gpu: { by: "nvidia", uuid: "GPU-1" },
  limits: { cpus: 1.5, memoryBytes: 1024, pidsMax: 77, shmBytes: 64 },
};

describe("what the engine is asked for", () => {
  test("the container is named, labelled, limited and closed as the contract says", () => {
    const asked = createOptions(wish, settings);
    expect(asked).toMatchObject({
      name: "mf-session-abcdefgh",
      Hostname: "mf-abcdefgh",
      Image: wish.image,
      Labels: {
        "medforge.session": wish.sessionId,
        "medforge.slug": "abcdefgh",
        "medforge.user": wish.userId,
        "medforge.exposure": "EXTERNAL",
        "medforge.gpu": "GPU-1",
      },
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        NetworkMode: "mf-net-abcdefgh",
        PortBindings: { "22/tcp": [{ HostIp: "127.0.0.1", HostPort: "10007" }] },
        CapDrop: ["ALL"],
        CapAdd: ["SETUID", "SETGID", "SYS_CHROOT", "CHOWN", "AUDIT_WRITE"],
        SecurityOpt: ["no-new-privileges"],
        Privileged: false,
        NanoCpus: 1_500_000_000,
        Memory: 1024,
        MemorySwap: 1024,
        PidsLimit: 77,
        ShmSize: 64,
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
        RestartPolicy: { Name: "no" },
        Init: false,
        AutoRemove: false,
      },
    });
    // Binds would make a missing folder instead of refusing it.
    expect(asked.HostConfig?.Binds).toBeUndefined();
  });

  test("keys are read-only, the workspace is not, and only sessions with nobody to ask get their own resolv.conf", () => {
    const external = createOptions(wish, settings).HostConfig?.Mounts;
    expect(external).toEqual([
      { Type: "bind", Source: "/tank/w", Target: "/workspace", ReadOnly: false },
      { Type: "bind", Source: "/state/keys/abcdefgh", Target: "/etc/medforge/ssh", ReadOnly: true },
    ]);
    const internal = createOptions({ ...wish, exposure: "INTERNAL" }, settings).HostConfig?.Mounts;
    const nobody = createOptions(wish, { ...settings, dns: [] }).HostConfig?.Mounts;
    for (const mounts of [internal, nobody]) {
      expect(mounts?.slice(2)).toEqual([
        { Type: "bind", Source: "/state/resolv.silent.conf", Target: "/etc/resolv.conf", ReadOnly: true },
      ]);
    }
  });

  test("each dataset is bound read-only under its slug, and no new one makes a leftover unfit", () => {
    const datasets = [
      { slug: "cifar-100", path: "/data/cifar-100/1" },
      { slug: "pets", path: "/data/pets/2" },
    ];
    const asked = createOptions({ ...wish, datasets }, settings);
    expect(asked.HostConfig?.Mounts?.slice(2)).toEqual([
      { Type: "bind", Source: "/data/cifar-100/1", Target: "/datasets/cifar-100", ReadOnly: true },
      { Type: "bind", Source: "/data/pets/2", Target: "/datasets/pets", ReadOnly: true },
    ]);
  });

  test("the engine's resolver is told whom to ask for every session: left alone it asks from the host", () => {
    expect(createOptions(wish, settings).HostConfig?.Dns).toEqual(["192.0.2.53"]);
    for (const dns of [["192.0.2.53"], []]) {
      const internal = createOptions({ ...wish, exposure: "INTERNAL" }, { ...settings, dns });
      expect(internal.HostConfig?.Dns).toEqual(["127.0.0.1"]);
    }
    expect(createOptions(wish, { ...settings, dns: [] }).HostConfig?.Dns).toEqual(["127.0.0.1"]);
  });

  test("each kind of grant gives one device and nothing else", () => {
    const asked = (gpu: SessionContainer["gpu"]) => {
      const options = createOptions({ ...wish, gpu }, settings);
      return {
        requests: options.HostConfig?.DeviceRequests,
        devices: options.HostConfig?.Devices,
        visible: options.Env?.filter((line) => line.startsWith("NVIDIA_VISIBLE_DEVICES=")),
      };
    };
    expect(asked({ by: "nvidia", uuid: "MIG-2" })).toEqual({
      requests: [{ Driver: "nvidia", DeviceIDs: ["MIG-2"], Capabilities: [["gpu", "compute", "utility"]] }],
      devices: undefined,
      visible: ["NVIDIA_VISIBLE_DEVICES=MIG-2"],
    });
    expect(asked({ by: "cdi", device: "nvidia.com/gpu=GPU-1" })).toEqual({
      requests: [{ Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=GPU-1"] }],
      devices: undefined,
      visible: ["NVIDIA_VISIBLE_DEVICES=void"],
    });
    expect(asked({ by: "node", host: "/state/gpu0", inside: "/dev/gpu" })).toEqual({
      requests: undefined,
      devices: [{ PathOnHost: "/state/gpu0", PathInContainer: "/dev/gpu", CgroupPermissions: "rw" }],
      visible: ["NVIDIA_VISIBLE_DEVICES=void"],
    });
    expect(asked({ by: "nothing" })).toEqual({
      requests: undefined,
      devices: undefined,
      visible: ["NVIDIA_VISIBLE_DEVICES=void"],
    });
  });

  test("the session knows who it is", () => {
    expect(createOptions(wish, settings).Env).toEqual([
      `MEDFORGE_SESSION_ID=${wish.sessionId}`,
      "MEDFORGE_SLUG=abcdefgh",
      "MEDFORGE_EXPOSURE=EXTERNAL",
      "MEDFORGE_GPU_UUID=GPU-1",
      "NVIDIA_VISIBLE_DEVICES=GPU-1",
    ]);
  });

  test("a container fits when image, GPU, port and folders are the wished ones, whatever else differs", () => {
    const asked = createOptions(wish, settings);
    const shown = (overrides: Partial<SessionContainer>) => {
      const made = createOptions({ ...wish, ...overrides }, settings);
      const shownAs = {
        Config: { Image: made.Image, Labels: made.Labels },
        HostConfig: made.HostConfig,
      };
      return shownAs as unknown as ContainerInspectInfo;
    };
    expect(asked.Image).toBe(wish.image);
    const table: [Partial<SessionContainer>, boolean][] = [
      [{}, true],
      [{ limits: { ...wish.limits, cpus: 9 } }, true],
      [{ image: "other@sha256:2" }, false],
      [{ gpuUuid: "GPU-2" }, false],
      [{ sshPort: 10_008 }, false],
      [{ workspacePath: "/tank/other" }, false],
      [{ keysPath: "/state/keys/other" }, false],
    ];
    for (const [overrides, fit] of table)
      expect([overrides, fits(wish, shown(overrides))]).toEqual([overrides, fit]);
  });
});

describe("a session's network", () => {
  test("its subnet follows from the SSH port and the exposure", () => {
    // Worked by hand: 8 addresses a port, 32 ports in each value of the third number.
    const table: [number, "EXTERNAL" | "INTERNAL", string, string][] = [
      [10_000, "EXTERNAL", "172.30.0.0/29", "172.30.0.1"],
      [10_001, "EXTERNAL", "172.30.0.8/29", "172.30.0.9"],
      [10_031, "EXTERNAL", "172.30.0.248/29", "172.30.0.249"],
      [10_032, "EXTERNAL", "172.30.1.0/29", "172.30.1.1"],
      [10_999, "EXTERNAL", "172.30.31.56/29", "172.30.31.57"],
      [14_095, "EXTERNAL", "172.30.127.248/29", "172.30.127.249"],
      [10_000, "INTERNAL", "172.30.128.0/29", "172.30.128.1"],
      [10_999, "INTERNAL", "172.30.159.56/29", "172.30.159.57"],
      [14_095, "INTERNAL", "172.30.255.248/29", "172.30.255.249"],
    ];
    for (const [port, exposure, subnet, gateway] of table) {
      expect(subnetOf(port, exposure, 10_000)).toEqual({ subnet, gateway });
    }
    expect(subnetOf(20_000, "EXTERNAL", 20_000).subnet).toBe("172.30.0.0/29");
  });

  test("no two sessions can get the same subnet", () => {
    const subnets = new Set<string>();
    for (let port = 10_000; port < 14_096; port++) {
      subnets.add(subnetOf(port, "EXTERNAL", 10_000).subnet).add(subnetOf(port, "INTERNAL", 10_000).subnet);
    }
    expect(subnets.size).toBe(2 * 4096);
  });

  test("a port outside of the range is refused, never wrapped around", () => {
    for (const port of [9_999, 14_096, 10_000.5]) {
      expect(() => subnetOf(port, "EXTERNAL", 10_000)).toThrow("has no subnet");
    }
  });

  test("it is an ordinary bridge of its own, named for the firewall, without IPv6", () => {
    const table: ["EXTERNAL" | "INTERNAL", string, string | undefined][] = [
      ["EXTERNAL", "mfe-abcdefgh", undefined],
      ["INTERNAL", "mfi-abcdefgh", "false"],
    ];
    for (const [exposure, bridge, masquerade] of table) {
      const asked = networkOptions({ ...wish, exposure }, 10_000);
      expect(asked).toMatchObject({
        Name: "mf-net-abcdefgh",
        Driver: "bridge",
        Internal: false,
        EnableIPv6: false,
      });
      expect(asked.Options).toMatchObject({
        "com.docker.network.bridge.name": bridge,
        "com.docker.network.bridge.enable_icc": "false",
      });
      expect(asked.Options?.["com.docker.network.bridge.enable_ip_masquerade"]).toBe(masquerade);
      // The kernel's limit for interface names.
      expect(bridge.length).toBeLessThanOrEqual(15);
    }
  });
});
