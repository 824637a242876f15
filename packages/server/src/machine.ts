import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { dockerContainers } from "@medforge/runtime/containers/docker";
import { memoryContainers } from "@medforge/runtime/containers/memory";
import { MemoryEngine } from "@medforge/runtime/containers/memory-engine";
import type { Clock } from "@medforge/runtime/deadline";
import { MemoryNetfilter, memoryFirewall } from "@medforge/runtime/firewall/memory";
import { nftablesFirewall } from "@medforge/runtime/firewall/nftables";
import { nvidiaGpus } from "@medforge/runtime/gpus/nvidia";
import { simulatedGpus } from "@medforge/runtime/gpus/simulated";
import { fileKeys } from "@medforge/runtime/keys/files";
import { MemoryKeyring, memoryKeys } from "@medforge/runtime/keys/memory";
import { linuxStreams } from "@medforge/runtime/streams/linux";
import { MemorySockets, memoryStreams } from "@medforge/runtime/streams/memory";
import { directoryWorkspaces } from "@medforge/runtime/workspaces/directory";
import { MemoryDisk, memoryWorkspaces } from "@medforge/runtime/workspaces/memory";
import { zfsWorkspaces } from "@medforge/runtime/workspaces/zfs";

import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";

const FIREWALL_RULES = fileURLToPath(new URL("../../../ops/network/firewall.nft", import.meta.url));

/** The image of the pack that simulated sessions "run". */
export const SIMULATED_IMAGE = `sha256:${"5".repeat(64)}`;

export type Machine = Pick<Deps, "containers" | "workspaces" | "gpus" | "firewall" | "keys" | "streams">;

/** The adapters that the settings ask for; also what doctor and the command line look at the host with. */
export function machineFor(config: Config, clock: Clock): Machine {
  return config.runtime === "memory" ? memoryMachine(config, clock) : realMachine(config, clock);
}

function realMachine(config: Config, clock: Clock): Machine {
  mkdirSync(config.stateDir, { recursive: true, mode: 0o711 });
  return {
    containers: dockerContainers({
      host: config.docker.host,
      certPath: config.docker.certPath ?? undefined,
      tlsVerify: config.docker.tlsVerify,
      sshBind: config.ssh.bind,
      stateDir: `${config.stateDir}/containers`,
      firstPort: config.ssh.portFirst,
      dns: config.resolvers,
      clock,
    }),
    workspaces:
      config.workspaces.zfsRoot === null
        ? directoryWorkspaces({ root: config.workspaces.directory })
        : zfsWorkspaces({ root: config.workspaces.zfsRoot, clock }),
    gpus: gpusFor(config),
    firewall: config.firewall === "off" ? noFirewall() : firewallFor(config),
    keys: fileKeys({ dir: `${config.stateDir}/keys` }),
    streams: linuxStreams(),
  };
}

/** A pretended machine: sessions come and go at once, nothing runs. Lost when the process ends. */
function memoryMachine(config: Config, clock: Clock): Machine {
  const now = () => clock.now();
  const disk = new MemoryDisk();
  const idIn = (path: string) => path.split("/").at(-1) ?? "";
  const engine = new MemoryEngine({
    now,
    images: [SIMULATED_IMAGE],
    onMount: (path) => void disk.inUse.add(idIn(path)),
    onUnmount: (path) => void disk.inUse.delete(idIn(path)),
  });
  return {
    containers: memoryContainers(engine),
    workspaces: memoryWorkspaces(disk, { now }),
    gpus: gpusFor(config),
    firewall: noFirewall(),
    keys: memoryKeys(new MemoryKeyring()),
    streams: memoryStreams(new MemorySockets()),
  };
}

function firewallFor({ resolvers, closedRanges }: Config): Machine["firewall"] {
  return nftablesFirewall({ rulesFile: FIREWALL_RULES, resolvers, closedRanges });
}

/** Only where an admin turned it off by name, or nothing runs anyway. */
function noFirewall(): Machine["firewall"] {
  const netfilter = new MemoryNetfilter();
  netfilter.state = { ok: true };
  return memoryFirewall(netfilter);
}

function gpusFor(config: Config): Machine["gpus"] {
  const { simulated, grant, nodesDir } = config.gpus;
  if (simulated === null) return nvidiaGpus({ grantBy: grant });
  return simulatedGpus({ count: simulated, ...(nodesDir === null ? {} : { deviceNodesDir: nodesDir }) });
}
