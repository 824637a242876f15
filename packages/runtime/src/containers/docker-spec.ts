import { containerName } from "@medforge/core/ids";
import type { ContainerCreateOptions, ContainerInspectInfo, DeviceRequest, HostConfig } from "dockerode";

import type { GpuGrant } from "../gpus/port.ts";
import { containerLabels, hostName, LABEL, networkName } from "./docker-names.ts";
import type { SessionContainer } from "./port.ts";

/** What we ask the engine for. Pure: the whole container is decided by the wish and these settings. */

export interface SpecSettings {
  /** Host address on which SSH ports are published. */
  readonly sshBind: string;
  /** Host path of the resolv.conf for sessions that have nobody to ask. */
  readonly silentResolvConf: string;
  /** Name servers of external sessions; empty: they have nobody to ask either. */
  readonly dns: readonly string[];
}

/** Exactly what sshd needs to run as root and become the user. */
const SSHD_CAPABILITIES = ["SETUID", "SETGID", "SYS_CHROOT", "CHOWN", "AUDIT_WRITE"];

export const WORKSPACE_INSIDE = "/workspace";
export const KEYS_INSIDE = "/etc/medforge/ssh";
/**
 * For the engine's own resolver at 127.0.0.11, which every session can ask whatever its resolv.conf says. Without an
 * address it takes the host's name servers, and asks them from the host's network namespace: always since engine 26
 * (moby, `TransformForIntNS`), before only those on loopback. What it is given it asks from the session's own
 * namespace, where the firewall decides; this one means the session itself.
 */
export const NOBODY = "127.0.0.1";

export const DATASETS_INSIDE = "/datasets";

export function createOptions(wish: SessionContainer, settings: SpecSettings): ContainerCreateOptions {
  const { limits } = wish;
  return {
    name: containerName(wish.slug),
    Image: wish.image,
    Hostname: hostName(wish.slug),
    Labels: containerLabels(wish),
    Env: environment(wish),
    // sshd's banner is the health; a check of the image's own would only cost processes.
    Healthcheck: { Test: ["NONE"] },
    ExposedPorts: { "22/tcp": {} },
    HostConfig: {
      NetworkMode: networkName(wish.slug),
      PortBindings: { "22/tcp": [{ HostIp: settings.sshBind, HostPort: String(wish.sshPort) }] },
      Dns: hasResolver(wish, settings) ? [...settings.dns] : [NOBODY],
      Mounts: mounts(wish, settings),
      ...devices(wish.gpu),
      CapDrop: ["ALL"],
      CapAdd: SSHD_CAPABILITIES,
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      PidsLimit: limits.pidsMax,
      NanoCpus: Math.round(limits.cpus * 1e9),
      Memory: limits.memoryBytes,
      // Memory and swap together: equal means no swap.
      MemorySwap: limits.memoryBytes,
      ShmSize: limits.shmBytes,
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "2" } },
      RestartPolicy: { Name: "no" },
      // The image's entrypoint is tini.
      Init: false,
      AutoRemove: false,
    },
  };
}

/** Whether this session may look names up. */
export function hasResolver({ exposure }: SessionContainer, { dns }: SpecSettings): boolean {
  return exposure === "EXTERNAL" && dns.length > 0;
}

/**
 * `Mounts`, not `Binds`: the engine refuses a source that is not there, instead of making an empty folder that hides
 * an unmounted workspace.
 */
function mounts(wish: SessionContainer, settings: SpecSettings): NonNullable<HostConfig["Mounts"]> {
  const bound: NonNullable<HostConfig["Mounts"]> = [
    { Type: "bind", Source: wish.workspacePath, Target: WORKSPACE_INSIDE, ReadOnly: false },
    { Type: "bind", Source: wish.keysPath, Target: KEYS_INSIDE, ReadOnly: true },
    // The engine makes these mount points in the container's own layer.
    ...wish.datasets.map(({ slug, path }) => ({
      Type: "bind" as const,
      Source: path,
      Target: `${DATASETS_INSIDE}/${slug}`,
      ReadOnly: true,
    })),
  ];
  if (!hasResolver(wish, settings)) {
    // The engine's resolver would keep programs waiting; this way look-ups fail at once.
    bound.push({
      Type: "bind",
      Source: settings.silentResolvConf,
      Target: "/etc/resolv.conf",
      ReadOnly: true,
    });
  }
  return bound;
}

function environment(wish: SessionContainer): string[] {
  return [
    `MEDFORGE_SESSION_ID=${wish.sessionId}`,
    `MEDFORGE_SLUG=${wish.slug}`,
    // The pack forwards ports outwards only for a session that is known to be external.
    `MEDFORGE_EXPOSURE=${wish.exposure}`,
    `MEDFORGE_GPU_UUID=${wish.gpuUuid}`,
    // CUDA images say "all"; where nvidia is the default runtime that would be every GPU of the host.
    `NVIDIA_VISIBLE_DEVICES=${wish.gpu.by === "nvidia" ? wish.gpu.uuid : "void"}`,
  ];
}

function devices(gpu: GpuGrant): { DeviceRequests?: DeviceRequest[]; Devices?: unknown[] } {
  switch (gpu.by) {
    case "nvidia":
      return {
        DeviceRequests: [
          { Driver: "nvidia", DeviceIDs: [gpu.uuid], Capabilities: [["gpu", "compute", "utility"]] },
        ],
      };
    case "cdi":
      return { DeviceRequests: [{ Driver: "cdi", DeviceIDs: [gpu.device] }] };
    case "node":
      // No "m": the session may use the device, not make it again.
      return { Devices: [{ PathOnHost: gpu.host, PathInContainer: gpu.inside, CgroupPermissions: "rw" }] };
    case "nothing":
      return {};
  }
}

/**
 * A container of the same session that may be used as it is: same image, GPU, port and folders. Compared by meaning,
 * so that a new MedForge adopts what an older one made. Datasets do not count: one imported meanwhile is for the next
 * session.
 */
export function fits(wish: SessionContainer, found: ContainerInspectInfo): boolean {
  const bindings: Record<string, { HostPort?: string }[] | undefined> = found.HostConfig.PortBindings ?? {};
  const sourceOf = (target: string) =>
    found.HostConfig.Mounts?.find((mount) => mount.Target === target)?.Source;
  return (
    found.Config.Image === wish.image &&
    found.Config.Labels[LABEL.gpu] === wish.gpuUuid &&
    bindings["22/tcp"]?.[0]?.HostPort === String(wish.sshPort) &&
    sourceOf(WORKSPACE_INSIDE) === wish.workspacePath &&
    sourceOf(KEYS_INSIDE) === wish.keysPath
  );
}
